/** An answer as it stood on the wire. */
export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: [name: string, value: string][];
  body: Buffer;
}

const CRLF = '\r\n';

/** The values of a header field, each line by itself. */
export function fieldValues({ headers }: HttpAnswer, name: string): string[] {
  return headers.filter(([field]) => field === name).map(([, value]) => value);
}

/** The first answer in these bytes and how many of them it took; undefined while it is not complete. 1xx are passed over. */
export function readAnswer(
  bytes: Buffer,
  method: string,
  ended: boolean,
): { answer: HttpAnswer; length: number } | undefined {
  const headEnd = bytes.indexOf(CRLF + CRLF);
  if (headEnd < 0) return undefined;
  const head = readHead(bytes.subarray(0, headEnd).toString('latin1'));
  const start = headEnd + 4;
  if (head.status < 200) {
    const next = readAnswer(bytes.subarray(start), method, ended);
    return next && { ...next, length: next.length + start };
  }
  const body = readBody(bytes.subarray(start), head, method, ended);
  return body && { answer: { ...head, body: body.body }, length: start + body.length };
}

/** @throws Error when this is no head of an answer: a sign that an answer before it had another length than it said */
function readHead(text: string): Omit<HttpAnswer, 'body'> {
  const [statusLine = '', ...fields] = text.split(CRLF);
  const status = Number(/^HTTP\/1\.1 (\d{3}) [ -~]*$/.exec(statusLine)?.[1]);
  if (!status) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`);
  const headers = fields.map((field): [string, string] => {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+): ?(.*)$/.exec(field) ?? [];
    if (name === undefined || value === undefined)
      throw new Error(`not a header field: ${JSON.stringify(field)}`);
    return [name.toLowerCase(), value];
  });
  return { status, headers };
}

function readBody(rest: Buffer, head: Omit<HttpAnswer, 'body'>, method: string, ended: boolean) {
  const answer = { ...head, body: rest };
  if (method === 'HEAD' || head.status === 204 || head.status === 304)
    return { body: Buffer.alloc(0), length: 0 };
  if (fieldValues(answer, 'transfer-encoding')[0] === 'chunked') return readChunks(rest);
  const length = fieldValues(answer, 'content-length')[0];
  if (length === undefined) return ended ? { body: rest, length: rest.length } : undefined;
  return rest.length < Number(length)
    ? undefined
    : { body: rest.subarray(0, Number(length)), length: Number(length) };
}

function readChunks(bytes: Buffer): { body: Buffer; length: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf(CRLF, at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), length: end };
    parts.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}
