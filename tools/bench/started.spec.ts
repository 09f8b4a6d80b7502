import { Started } from './started';

function stoppable(name: string, stopped: string[], fault?: Error) {
  return {
    stop: () => {
      stopped.push(name);
      return fault ? Promise.reject(fault) : Promise.resolve();
    },
  };
}

it('stops what was started, the last one first, and also what is still starting', async () => {
  const started = new Started(new AbortController().signal);
  const stopped: string[] = [];
  let finish: (server: ReturnType<typeof stoppable>) => void = () => undefined;
  await started.start(() => Promise.resolve(stoppable('first', stopped)));
  void started.start(() => new Promise<ReturnType<typeof stoppable>>((resolve) => (finish = resolve)));
  const stopping = started.stopAll();
  finish(stoppable('second', stopped));
  await stopping;
  expect(stopped).toEqual(['second', 'first']);
});

it('stops the others when one cannot be stopped or never started, and says so in the end', async () => {
  const started = new Started(new AbortController().signal);
  const stopped: string[] = [];
  const fault = new Error('stuck');
  await started.start(() => Promise.resolve(stoppable('first', stopped)));
  await expect(started.start(() => Promise.reject(new Error('no port')))).rejects.toThrow('no port');
  await started.start(() => Promise.resolve(stoppable('last', stopped, fault)));
  await expect(started.stopAll()).rejects.toMatchObject({ errors: [fault] });
  expect(stopped).toEqual(['last', 'first']);
});

it('starts nothing more once the run is interrupted', () => {
  const interrupted = AbortSignal.abort(new Error('Stopped by SIGINT'));
  const start = jest.fn(() => Promise.resolve(stoppable('late', [])));
  expect(() => new Started(interrupted).start(start)).toThrow('Stopped by SIGINT');
  expect(start).not.toHaveBeenCalled();
});
