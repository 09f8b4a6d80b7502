/** The middle of the samples, or the mean of the two in the middle. @throws Error when there are none */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new Error('There is no median of no samples');
  return (lower + upper) / 2;
}

/**
 * Lets contenders take turns, each round in the opposite order of the one before, so that neither what happens on the machine meanwhile
 * nor what one leaves behind for the next favours any of them.
 *
 * @returns the samples of each
 */
export async function takeTurns<Name extends string, Sample>(
  rounds: number,
  contenders: Record<Name, (round: number) => Promise<Sample>>,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(contenders) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Sample[]>;
  for (let round = 1; round <= rounds; round++) {
    for (const name of round % 2 === 1 ? names : names.toReversed())
      samples[name].push(await contenders[name](round));
  }
  return samples;
}
