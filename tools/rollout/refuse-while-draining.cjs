// Sabotage, loaded into the API by sabotage.ts: what middleware that refuses requests during a drain does.
const { Server } = require('node:http');

const emit = Server.prototype.emit;
let draining = false;
process.prependListener('SIGTERM', () => (draining = true));
Server.prototype.emit = function (event, ...values) {
  if (!draining || event !== 'request' || values[0].url.startsWith('/health')) return emit.call(this, event, ...values);
  values[1].writeHead(503, { connection: 'close' }).end();
  return true;
};
