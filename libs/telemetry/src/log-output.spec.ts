import { FixtureProcess, killRunning, LogLine } from '../test-fixtures/fixture-process';
import { logAtTheTurnsEnd, LogOutput } from './log-output';

afterAll(killRunning);

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('what is written to the log', () => {
  let writes: string[];
  let output: LogOutput;
  beforeEach(() => {
    writes = [];
    output = new LogOutput({ write: (lines) => void writes.push(lines) });
  });
  const later = (line: string) => logAtTheTurnsEnd(() => output.write(line));

  test('is written before the call returns', () => {
    output.write('one\n');
    expect(writes).toEqual(['one\n']);
  });

  test('may wait until the turn of the event loop ends, and is then one write', async () => {
    later('one\n');
    later('two\n');
    expect(writes).toEqual([]);
    await nextTurn();
    later('three\n');
    await nextTurn();
    expect(writes).toEqual(['one\ntwo\n', 'three\n']);
  });

  test('keeps its order: a line that may not wait takes those along that were waiting', () => {
    later('one\n');
    output.write('two\n');
    expect(writes).toEqual(['one\ntwo\n']);
  });

  test('does not pile up within one turn', () => {
    const line = `${'x'.repeat(999)}\n`;
    for (let count = 0; count < 1000; count++) later(line);
    expect(writes.length).toBeGreaterThan(50);
    expect(Math.max(...writes.map(({ length }) => length))).toBeLessThanOrEqual(17_000);
  });

  test('waits no more once what may wait has failed', () => {
    const fail = () => {
      throw new Error('failed on purpose');
    };
    expect(() => logAtTheTurnsEnd(fail)).toThrow('failed on purpose');
    output.write('one\n');
    expect(writes).toEqual(['one\n']);
  });
});

describe('the last lines of a process come out, also those that waited', () => {
  const lastLines = async (end: string) => {
    const fixture = FixtureProcess.launch('end', { END: end });
    await fixture.exit;
    const json = fixture.output.split('\n').filter((line) => line.startsWith('{'));
    return json.map((line) => (JSON.parse(line) as LogLine).msg);
  };

  test.each(['exit', 'return', 'SIGTERM'])('when it ends by %s', async (end) => {
    expect(await lastLines(end)).toEqual(['at once', 'waiting']);
  });

  test('when it crashes', async () => {
    const fixture = await FixtureProcess.serve();
    await fetch(`${await fixture.url()}/crash`).catch(() => undefined);
    expect(await fixture.exit).toBe(1);
    const last = fixture.lines().map(({ msg }) => msg);
    expect(last.slice(-2)).toEqual(['waiting', 'crashed on an exception that nothing caught']);
  });

  test('when it crashes with nobody to hear it', async () => {
    expect(await lastLines('unheard crash')).toEqual(['at once', 'waiting']);
  });

  test('when it is killed in a later turn', async () => {
    expect(await lastLines('SIGKILL, a turn later')).toEqual(['at once', 'waiting']);
  });

  test('when it is killed: all but those of this very turn', async () => {
    expect(await lastLines('SIGKILL')).toEqual(['at once']);
  });
});
