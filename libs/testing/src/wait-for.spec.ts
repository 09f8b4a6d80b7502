import { waitFor } from './wait-for';

it('returns what the condition gave once it came true', async () => {
  let calls = 0;
  const value = await waitFor(() => (++calls === 3 ? 'third' : undefined), {
    timeoutMs: 5_000,
    message: 'call 3',
  });
  expect(value).toBe('third');
});

it('goes on while the condition throws', async () => {
  let calls = 0;
  const condition = () => {
    if (++calls < 3) throw new Error('too early');
    return calls;
  };
  await expect(waitFor(condition, { timeoutMs: 5_000, message: 'call 3' })).resolves.toBe(3);
});

it('gives up at the deadline, naming what it waited for and why it did not happen', async () => {
  const condition = () => {
    throw new Error('still closed');
  };
  const waiting = waitFor(condition, { timeoutMs: 50, message: 'the door to open' });
  await expect(waiting).rejects.toThrow('Waited 50 ms in vain for the door to open');
  await expect(waiting).rejects.toMatchObject({ cause: new Error('still closed') });
});
