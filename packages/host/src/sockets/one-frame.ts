import { type ServerOptions, WebSocketServer } from 'ws';

import { HeldSocket } from './held-socket.ts';

/** Pieces of one frame that has not come whole. The network brings a large one in a few thousand. */
const MOST_PIECES = 16_384;

/**
 * A WebSocket server that gives each socket one frame (a ping is one, too) in each round of the event loop, however many
 * came in one segment, so that other connections have their turns between them.
 */
export class OneFrameServer extends WebSocketServer<typeof HeldSocket> {
  constructor(options: ServerOptions) {
    // `maxBufferedChunks` is newer than the types of ws, which would refuse it in a literal.
    const bounded = {
      ...options,
      WebSocket: HeldSocket,
      allowSynchronousEvents: false,
      maxBufferedChunks: MOST_PIECES,
    };
    super(bounded);
  }
}
