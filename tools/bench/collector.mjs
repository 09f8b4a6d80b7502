import { createServer } from 'node:http';

// A collector of traces that looks at nothing: in the place of one on another machine, it should cost this one little.
let batches = 0;
const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(String(batches));
    return;
  }
  request.resume().once('end', () => {
    batches += 1;
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit());
