import { io, type Socket } from 'socket.io-client-4.5';

/** The client that the legacy browser page uses, socket.io-client 4.5.4. Whoever made it closes it. */
export interface LegacyClient extends Disposable {
  readonly socket: Socket;
  /** The next event of that name. */
  next(event: string): Promise<unknown>;
  /** Resolves when the connection stands. @throws the `connect_error` when it is refused */
  connected(): Promise<void>;
  close(): void;
}

/** Connects a legacy client. */
export function legacyClient(options: {
  url: string;
  cookie?: string | undefined;
  transports?: ('polling' | 'websocket')[];
  reconnection?: boolean;
}): LegacyClient {
  const socket = io(options.url, {
    forceNew: true,
    reconnection: options.reconnection ?? false,
    transports: options.transports ?? ['polling', 'websocket'],
    ...(options.cookie === undefined ? {} : { extraHeaders: { cookie: options.cookie } }),
  });
  const outcome = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
  outcome.catch(() => {});
  const close = () => {
    socket.close();
  };
  return {
    socket,
    next: (event) => new Promise((resolve) => socket.once(event, resolve)),
    connected: () => outcome,
    close,
    [Symbol.dispose]: close,
  };
}
