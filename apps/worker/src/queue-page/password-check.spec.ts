import { PasswordCheck } from './password-check';

let now = 0;
const check = () => new PasswordCheck('correct horse', () => now);
const guess = (password: PasswordCheck, times: number) =>
  Array.from({ length: times }, (_, index) => password.judge('operator', `guess ${index}`));

beforeEach(() => (now = 5_000));

it('takes the user operator and the password, and nothing else', () => {
  const password = check();
  expect(password.judge('operator', 'correct horse')).toBe('right');
  expect(password.judge('operator', 'correct horse ')).toBe('wrong');
  expect(password.judge('operator', '')).toBe('wrong');
  expect(password.judge('admin', 'correct horse')).toBe('wrong');
});

it('refuses the right password too, once ten were wrong within a minute, until that minute is over', () => {
  const password = check();
  expect(new Set(guess(password, 10))).toEqual(new Set(['wrong']));
  expect(password.judge('operator', 'correct horse')).toBe('too many');
  now += 59_000;
  expect(password.judge('operator', 'correct horse')).toBe('too many');
  expect(password.waitSeconds).toBe(1);
  now += 1_000;
  expect(password.judge('operator', 'correct horse')).toBe('right');
});

it('forgets a few wrong ones after a minute, and does not count right ones', () => {
  const password = check();
  guess(password, 9);
  for (let time = 0; time < 100; time++) expect(password.judge('operator', 'correct horse')).toBe('right');
  now += 60_000;
  expect(new Set(guess(password, 10))).toEqual(new Set(['wrong']));
  expect(guess(password, 1)).toEqual(['too many']);
});
