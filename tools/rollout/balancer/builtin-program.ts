import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

// Started by builtin.ts. Its parent says which ports there are.
let ports: number[] = [];
process.on('message', (message: number[]) => (ports = message));
process.on('disconnect', () => process.exit());

const server = createServer({ allowHalfOpen: true, noDelay: true }, forward);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

function forward(client: Socket): void {
  // At random, as the iptables rules of kube-proxy do; with no endpoint they reject.
  const port = ports[Math.floor(Math.random() * ports.length)];
  if (port === undefined) {
    client.on('error', () => undefined).resetAndDestroy();
    return;
  }
  const pod = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  join(client, pod);
  join(pod, client);
}

/** An end is handed on as an end, a reset as a reset: the client has to see what it would see without anybody between. */
function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.once('error', () => to.resetAndDestroy());
  from.once('close', () => to.destroySoon());
}
