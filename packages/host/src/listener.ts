import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** A port that is bound before there is anything to serve, so that a second process finds it taken at once. */
export interface Listener extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  /** Where a client on this machine reaches it. */
  readonly url: string;
  /** Puts the real handler in the place of the one that says 503. */
  serve(handler: RequestListener): void;
  /** Stops listening and cuts every connection, upgraded ones too: it always ends. May be called twice. */
  close(): Promise<void>;
}

/** How often the times of `HostConfig.http` are looked at, in milliseconds: they are kept to about so much. */
const CHECK_MS = 500;

/**
 * Binds a port. Until `serve` is called, requests are answered with 503: somebody who asks while the database is
 * being migrated learns that it is a matter of time. Server-sent events are cut instead.
 * @param options.port 0 takes any free one
 * @throws the system's error, with `code` EADDRINUSE, EACCES or EADDRNOTAVAIL
 */
export async function bindPort(options: { host: string; port: number }): Promise<Listener> {
  // Only WebSockets are upgraded: a client that offers HTTP/2 (`Upgrade: h2c`) gets its answer over HTTP/1.1.
  const server = createServer({
    // Node looks for requests that take too long only every half minute.
    connectionsCheckingInterval: CHECK_MS,
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  });
  const starting: RequestListener = (request, response) => {
    // An EventSource comes back after a cut, but never again after a status.
    if (request.headers.accept?.includes('text/event-stream') === true) {
      request.destroy();
      return;
    }
    response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
    response.end(
      JSON.stringify({ success: false, message: 'Amanda is starting. Please try again in a moment.' }),
    );
  };
  server.on('request', starting);
  // Node forgets a connection that was upgraded, and yet waits for its end.
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const listening = Promise.withResolvers<void>();
  // It listens for good: later on a connection that the system could not hand over is lost, and the port stays open.
  server.on('error', listening.reject);
  server.listen({ host: options.host, port: options.port }, listening.resolve);
  await listening.promise;

  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP address');
  const close = async () => {
    const closed = Promise.withResolvers<void>();
    if (!server.listening) return;
    server.close(() => closed.resolve());
    for (const socket of sockets) socket.destroy();
    await closed.promise;
  };
  return {
    server,
    port: address.port,
    url: `http://${reachable(options.host)}:${address.port}`,
    serve(handler) {
      server.off('request', starting);
      server.on('request', handler);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A wildcard address is reached over the loopback; an IPv6 address stands in brackets in a URL. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
