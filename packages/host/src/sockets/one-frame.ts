import { type ServerOptions, WebSocketServer } from 'ws';

/**
 * A WebSocket server that gives each socket one frame (a ping is one, too) in each round of the event loop, however many
 * came in one segment, so that other connections have their turns between them.
 */
export class OneFrameServer extends WebSocketServer {
  constructor(options: ServerOptions) {
    super({ ...options, allowSynchronousEvents: false });
  }
}
