// Sabotage, loaded into the API by sabotage.ts: what middleware that refuses requests during a drain does.
const { Server } = require('node:http');

let draining = false;
// Not a listener: the app replaces those that were there before its own.
const emitOfProcess = process.emit;
process.emit = function (event, ...values) {
  if (event === 'SIGTERM') draining = true;
  return emitOfProcess.call(this, event, ...values);
};
const emitOfServer = Server.prototype.emit;
Server.prototype.emit = function (event, ...values) {
  if (!draining || event !== 'request' || values[0].url.startsWith('/health'))
    return emitOfServer.call(this, event, ...values);
  values[1].writeHead(503, { connection: 'close' }).end();
  return true;
};
