/*
 * For `node --require`: what MISBEHAVE names happens to the process at SIGUSR2. `clock`: it jumps MISBEHAVE_BY_MS ahead, for
 * everything that asks Date; `block`: the event loop stands still for that long; `leak`: memory is taken until there is none.
 */
const byMs = Number(process.env.MISBEHAVE_BY_MS);

const misbehaviours = {
  clock() {
    const RealDate = Date;
    globalThis.Date = class Date extends RealDate {
      constructor(...args) {
        super(...(args.length === 0 ? [RealDate.now() + byMs] : args));
      }

      static now() {
        return RealDate.now() + byMs;
      }
    };
  },
  block() {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, byMs);
  },
  leak() {
    const kept = [];
    const take = () => {
      for (let n = 0; n < 20_000; n++) kept.push({ n, text: `${n}` });
      setImmediate(take);
    };
    take();
  },
};

process.on('SIGUSR2', misbehaviours[process.env.MISBEHAVE]);
