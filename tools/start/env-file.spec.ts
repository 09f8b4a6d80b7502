import { parseEnvFile } from './env-file';
import { Fault } from './fault';

describe('a .env file', () => {
  test('gives its variables, past comments, blank lines, quotes and values of several lines', () => {
    const text = [
      '# a comment',
      '',
      'PORT=4000',
      'export LOG_LEVEL = debug # chatty',
      'NAME="two words"',
      "KEY='first",
      "second'",
      'EMPTY=',
    ].join('\n');
    expect(parseEnvFile(text, '.env')).toEqual({
      PORT: '4000',
      LOG_LEVEL: 'debug',
      NAME: 'two words',
      KEY: 'first\nsecond',
      EMPTY: '',
    });
  });

  test('with Windows line ends is the same', () => {
    expect(parseEnvFile('A=1\r\nB=2\r\n', '.env')).toEqual({ A: '1', B: '2' });
  });

  test.each([
    ['has no =', 'A=1\n\nREDIS_URL hush-hush', 3],
    ['has no name', 'A=1\n=hush-hush', 2],
    ['has a name with a space', 'REDIS URL=hush-hush', 1],
    ['opens a quote that is not closed', 'A=1\nB="hush-hush\nC=2', 2],
  ])('whose line %s is refused in one line with its number and without its value', (_fault, text, line) => {
    expect(() => parseEnvFile(text, '.env')).toThrow(Fault);
    expect(() => parseEnvFile(text, '.env')).toThrow(new RegExp(`^\\.env, line ${line} [^\\n]*$`));
    expect(() => parseEnvFile(text, '.env')).not.toThrow('hush');
  });
});
