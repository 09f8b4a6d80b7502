/** How a text may stand in a log, in whichever way it got there. */
function writings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // Base64 depends on where in a group of three the text begins; what surrounds it changes the first and last characters.
  const shifted = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64'));
  const inner = shifted.map((text, shift) => text.slice(shift === 0 ? 0 : 4, -4));
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('hex'),
    ...inner,
    ...inner.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
}

/** Where a text has one of these secrets, plain or encoded. Short ones would be found by chance. */
export function leaks(text: string, secrets: readonly string[]): string[] {
  const lower = text.toLowerCase();
  return secrets.flatMap((secret) => {
    if (secret.length < 8) throw new Error('a secret of less than 8 characters proves nothing');
    const places = writings(secret).map((writing) => lower.indexOf(writing.toLowerCase()));
    const at = places.find((place) => place >= 0);
    return at === undefined ? [] : [`${secret} in: ${text.slice(Math.max(at - 200, 0), at + 100)}`];
  });
}
