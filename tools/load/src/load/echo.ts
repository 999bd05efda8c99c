/** The least that an HTTP server can do, in a process of its own: what comes is what it answers. Prints its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/cbor');
  request.pipe(response);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
