import { ConflictError } from '@kubernest/errors';
import { ArgumentsHost, Logger, NotFoundException } from '@nestjs/common';
import { ProblemFilter } from './problem.filter';

const reply = { sent: true };
const host = {
  switchToHttp: () => ({ getRequest: () => ({ id: 'request-1' }), getResponse: () => reply }),
} as unknown as ArgumentsHost;

/** The lines that are logged of an error. */
function logged(error: unknown): unknown[] {
  const lines: unknown[] = [];
  const spies = (['log', 'debug', 'warn', 'error'] as const).map((level) =>
    jest.spyOn(Logger.prototype, level).mockImplementation((...line: unknown[]) => {
      lines.push(...line);
    }),
  );
  new ProblemFilter().catch(error, host);
  for (const spy of spies) spy.mockRestore();
  return lines;
}

describe('the line about an error', () => {
  test('holds our own with its causes, and what nobody expected', () => {
    const own = new ConflictError('email-taken', 'It is taken');
    expect(logged(own)).toEqual([{ msg: 'refused: 409 email-taken', err: own }]);
    const unexpected = new TypeError('x is not a function');
    expect(logged(unexpected)).toEqual([{ msg: 'failed: 500 internal-error', err: unexpected }]);
  });

  test.each([
    ['a path', new NotFoundException('Cannot GET /reset?token=hunter2'), 'refused: 404 no-such-route'],
    [
      'a body',
      Object.assign(new SyntaxError(`Unexpected token 'h', "hunter2" is not valid JSON`), {
        statusCode: 400,
      }),
      'refused: 400 malformed-request',
    ],
  ])('repeats nothing of %s that was refused', (_what, error, msg) => {
    expect(logged(error)).toEqual([{ msg }]);
  });
});
