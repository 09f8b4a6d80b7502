import { isCrossSite } from './cross-site';

const host = 'localhost:3002';

test.each([
  ['a click on the page', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:3002' }],
  [
    'a click on the page behind a proxy that changes the host',
    { 'sec-fetch-site': 'same-origin', origin: 'https://queues.example.com' },
  ],
  ['a click on the page over plain HTTP, where browsers say less', { origin: 'http://localhost:3002' }],
  ['a program', {}],
])('%s may change something', (_, headers) => {
  expect(isCrossSite('PUT', { host, ...headers })).toBe(false);
});

test.each([
  ['of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://example.com' }],
  ['of another host of the same site', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }],
  ['of another port, over plain HTTP', { origin: 'http://localhost:3000' }],
  ['in a sandbox', { origin: 'null' }],
])('a page %s may not, and may make a browser read', (_, headers) => {
  for (const method of ['PUT', 'POST', 'PATCH', 'DELETE'])
    expect(isCrossSite(method, { host, ...headers })).toBe(true);
  expect(isCrossSite('GET', { host, ...headers })).toBe(false);
});
