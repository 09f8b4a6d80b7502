import { median, takeTurns } from './statistics';

it('takes the middle of the samples, whatever their order', () => {
  expect(median([30, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow('no median');
});

it('turns the order around in every other round, and keeps the samples apart', async () => {
  const turns: string[] = [];
  const contender = (name: string) => (round: number) => {
    turns.push(name);
    return Promise.resolve(`${name}${round}`);
  };
  const samples = await takeTurns(3, { a: contender('a'), b: contender('b') });
  expect(turns.join('')).toBe('abbaab');
  expect(samples).toEqual({ a: ['a1', 'a2', 'a3'], b: ['b1', 'b2', 'b3'] });
});
