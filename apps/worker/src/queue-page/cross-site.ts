import type { IncomingHttpHeaders } from 'node:http';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a page of another site made a browser send this request, which could change something: a browser that has signed
 * in sends Basic credentials along. Judged as Go's `http.CrossOriginProtection` does. A request that names neither its site
 * nor its origin comes from no browser, and so from somebody who knows the password.
 */
export function isCrossSite(method: string, headers: IncomingHttpHeaders): boolean {
  if (SAFE_METHODS.has(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  // Over plain HTTP, other than to localhost, browsers say only the origin.
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}
