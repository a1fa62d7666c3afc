import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Lets each connection have one request under way: one that was pipelined behind it waits until the answer has been
 * handed to the network, as it would have to anyway (RFC 9112, section 9.3.2). Node begins them all at once, and holds
 * all their answers for a client that reads none. A connection is not read while requests wait; one that has sent more than
 * `waiting` of them at once is cut. Call it when all handlers of `request` are attached.
 */
export function serveInOrder(
  server: Server,
  options: { waiting: number; onCut: (socket: Socket) => void },
): void {
  const handlers = server.listeners('request');
  server.removeAllListeners('request');
  const connections = new WeakMap<Socket, Exchange[]>();

  /** Node resumes a connection after each request and each body, whoever has paused it. */
  function holdBack(socket: Socket): void {
    if ((connections.get(socket)?.length ?? 0) > 1) socket.pause();
  }

  function begin(socket: Socket, { request, response }: Exchange): void {
    response.once('close', () => {
      // In a turn of its own, so that others get theirs.
      setImmediate(next, socket);
    });
    for (const handler of handlers) Reflect.apply(handler, server, [request, response]);
  }

  function next(socket: Socket): void {
    const exchanges = connections.get(socket);
    exchanges?.shift();
    const [first] = exchanges ?? [];
    if (first === undefined || socket.destroyed) {
      connections.delete(socket);
      return;
    }
    if (exchanges?.length === 1) socket.resume();
    begin(socket, first);
  }

  server.on('connection', (socket) => socket.on('resume', () => holdBack(socket)));
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const exchange = { request, response };
    const exchanges = connections.get(socket);
    if (exchanges === undefined) {
      connections.set(socket, [exchange]);
      begin(socket, exchange);
    } else if (exchanges.length > options.waiting) {
      options.onCut(socket);
      stopParsing(socket);
      socket.destroy();
    } else {
      exchanges.push(exchange);
      holdBack(socket);
    }
  });
}

/**
 * Takes no more requests out of what has been read already. Node would make a request and an answer of each, 1,600 in 64 KiB,
 * and an error for each when the connection closes. There is no public way: a test fails should `onIncoming` go.
 */
function stopParsing(socket: Socket): void {
  const parser: unknown = Reflect.get(socket, 'parser');
  // To the parser, 2 means that what follows is no HTTP, as after an upgrade.
  if (typeof parser === 'object' && parser !== null) Reflect.set(parser, 'onIncoming', () => 2);
}
