import { FixtureProcess, killRunning, LogLine } from '../test-fixtures/fixture-process';

afterAll(killRunning);

let lines: LogLine[];
let output: string;
beforeAll(async () => {
  const fixture = FixtureProcess.launch('log');
  expect(await fixture.exit).toBe(0);
  lines = fixture.lines();
  output = fixture.output;
});

const line = (msg: string) => lines.find((each) => each.msg === msg);

describe('the log', () => {
  test('is one JSON object a line: level, time, service, context, message, and the fields', () => {
    expect(line('fields')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      service: 'fixture',
      context: 'Place',
      msg: 'fields',
      deleted: 5,
      nested: { list: [1, { two: 2 }] },
    });
    expect(line('a warning')?.level).toBe('warn');
  });

  test('takes a text, with more of it', () => {
    expect(line('a text')).toMatchObject({ level: 'info', context: 'Place' });
    expect(lines.filter(({ msg }) => msg === 'a text')[1]).toMatchObject({ detail: 'and more' });
  });

  test('leaves out what is below LOG_LEVEL, and the chatter of Nest, which is a detail', async () => {
    expect(line('a detail')).toBeUndefined();
    expect(line('chatter of Nest')).toBeUndefined();
    const talkative = FixtureProcess.launch('log', { LOG_LEVEL: 'debug' });
    expect(await talkative.exit).toBe(0);
    const levels = talkative.lines().map(({ msg, level }) => `${level}: ${msg}`);
    expect(levels).toEqual(expect.arrayContaining(['debug: a detail', 'debug: chatter of Nest']));
  });

  test('takes what JSON has no numbers for, and fields of any name', () => {
    expect(line('odd')?.['count']).toBe('5');
    const headers = line('odd')?.['headers'] as object;
    expect(Object.entries(headers)).toEqual([['__proto__', { token: '[redacted]', x: 1 }]]);
  });

  test('is for people when LOG_FORMAT says so', async () => {
    const pretty = FixtureProcess.launch('log', { LOG_FORMAT: 'pretty' });
    expect(await pretty.exit).toBe(0);
    expect(pretty.output).toMatch(/^\[.*INFO.*Place: fields.*"deleted":5/m);
    expect(pretty.output).not.toContain('hunter2');
  });
});

describe('no secret gets into the log', () => {
  test('by its key, at any depth and in any spelling', () => {
    expect(line('secrets')).toMatchObject({
      password: '[redacted]',
      user: { passwordHash: '[redacted]', tokens: 3 },
      request: { headers: { Authorization: '[redacted]', 'set-cookie': '[redacted]' } },
      list: [{ accessToken: '[redacted]' }],
    });
  });

  test('in an address, be it a field or in a message', () => {
    expect(line('secrets')?.['config']).toEqual({
      JWT_SECRET: '[redacted]',
      DATABASE_URL: 'postgres://app:[redacted]@db:5432/app',
    });
    expect(line('an address')?.['err']).toMatchObject({
      message: 'cannot reach redis://:[redacted]@cache:6379',
    });
  });

  test('with the query and the parameters of a driver error, wherever it is logged', () => {
    for (const leak of ['hunter2', 'jane@example.com', 'INSERT INTO']) expect(output).not.toContain(leak);
  });
});

describe('an error', () => {
  test('keeps its chain of causes, with codes and stacks', () => {
    expect(line('a chain')?.['err']).toMatchObject({
      type: 'Error',
      message: 'outer',
      stack: expect.stringContaining('log-everything.ts') as string,
      cause: { message: 'middle', cause: { message: 'duplicate key value', code: '23505' } },
    });
  });

  test('is written the same under another name, deeper, and alone', () => {
    const failure = { type: 'Error', message: 'duplicate key value', code: '23505' };
    expect(line('under another name')).toMatchObject({ failure: { reason: failure } });
    expect(line('an error alone')).toMatchObject({ level: 'error', err: { message: 'an error alone' } });
  });

  test('of several parts keeps them', () => {
    expect(line('several')?.['err']).toMatchObject({
      type: 'AggregateError',
      message: 'all failed',
      errors: [{ message: 'ECONNREFUSED ::1' }, { code: '23505' }],
    });
  });

  test('that is none has the same shape, and tells nothing of itself unless it is a text', () => {
    const nothing = 'something that is not an Error was thrown';
    expect(line('a thrown object')?.['err']).toMatchObject({ cause: { type: 'object', message: nothing } });
    expect(line('nothing but an object')?.['err']).toEqual({ type: 'object', message: nothing });
    expect(line('a thrown text')?.['err']).toEqual({
      type: 'string',
      message: 'no redis://:[redacted]@cache:6379',
    });
  });

  test('that is its own cause, or a field that holds itself, ends somewhere', () => {
    expect(line('a looped error')).toBeDefined();
    expect(line('a loop')).toBeDefined();
  });

  test('of which Nest hands over the parts has the same shape, with or without a context', () => {
    const stack = expect.stringMatching(/^Error: in parts\n +at /) as string;
    const parts = { level: 'error', err: { type: 'Error', message: 'in parts', stack } };
    expect(lines.filter(({ msg }) => msg === 'in parts')).toEqual([
      expect.objectContaining({ ...parts, context: 'Place' }),
      expect.objectContaining({ ...parts, context: 'Elsewhere' }),
      expect.not.objectContaining({ context: expect.anything() as unknown }),
    ]);
  });
});
