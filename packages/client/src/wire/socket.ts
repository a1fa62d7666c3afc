import type { Clock, Timer } from '../environment/clock.ts';

/** As much of the `WebSocket` of browsers, Node, React Native and the package `ws` as is used. */
export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** Makes sockets. */
export type SocketConstructor = new (url: string) => SocketLike;

/** How long a socket may take, in milliseconds. */
export interface SocketPatience {
  /** From `new` to `open`. */
  readonly openMs: number;
  /** From `close()` to the `close` event. */
  readonly closeMs: number;
}

/** What the owner of the sockets hears. */
export interface SocketListener {
  onOpen?(): void;
  onMessage?(data: unknown): void;
  /** @param heard whether any message came */
  onClose?(event: { code: number; reason: string }, heard: boolean): void;
}

type SocketEvent = { type: string; code?: number; reason?: string; data?: unknown };
type Listener = (event: SocketEvent) => void;
const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/** As much of the global `WebSocket` class as tRPC's client uses. */
interface SocketClass {
  new (
    url: string | URL,
  ): {
    binaryType: 'arraybuffer' | 'blob';
    readonly readyState: number;
    addEventListener(type: string, listener: Listener): void;
    removeEventListener(type: string, listener: Listener): void;
    send(text: string): void;
    close(code?: number, reason?: string): void;
  };
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
}

/**
 * Makes a `WebSocket` class that does not wait for a dead peer. Browsers hold the `close` event back until the peer
 * answers (Chromium: more than 30 s), and tRPC reconnects only after it. Sockets of this class say that they are
 * closed after `closeMs`, and give up opening after `openMs`. It wraps the given class and shares nothing with it but
 * the few methods that all implementations have.
 */
export function impatientSockets(
  Socket: SocketConstructor,
  options: { clock: Clock; patience: SocketPatience; listener: SocketListener },
): typeof WebSocket {
  const { clock, listener, patience } = options;

  class ImpatientSocket {
    static readonly CONNECTING = states.CONNECTING;
    static readonly OPEN = states.OPEN;
    static readonly CLOSING = states.CLOSING;
    static readonly CLOSED = states.CLOSED;

    readyState: number = states.CONNECTING;
    readonly #inner: SocketLike;
    readonly #listeners = new Map<string, Set<Listener>>();
    #timer: Timer | undefined;
    #heard = false;

    constructor(url: string | URL) {
      this.#inner = new Socket(String(url));
      this.#timer = clock.setTimeout(() => this.close(), patience.openMs);
      this.#inner.addEventListener('open', () => {
        if (this.readyState !== states.CONNECTING) return;
        clock.clearTimeout(this.#timer);
        this.readyState = states.OPEN;
        listener.onOpen?.();
        this.#tell({ type: 'open' });
      });
      this.#inner.addEventListener('message', ({ data }) => {
        this.#heard = true;
        listener.onMessage?.(data);
        // After `close()` too: what was said before the end still counts.
        if (this.readyState !== states.CLOSED) this.#tell({ type: 'message', data });
      });
      this.#inner.addEventListener('error', () => {
        if (this.readyState !== states.CLOSED) this.#tell({ type: 'error' });
      });
      this.#inner.addEventListener('close', ({ code, reason }) => this.#closed(code, reason));
    }

    get binaryType(): 'arraybuffer' | 'blob' {
      return 'arraybuffer';
    }

    set binaryType(type: 'arraybuffer' | 'blob') {
      this.#inner.binaryType = type;
    }

    addEventListener(type: string, added: Listener): void {
      const known = this.#listeners.get(type);
      if (known === undefined) this.#listeners.set(type, new Set([added]));
      else known.add(added);
    }

    removeEventListener(type: string, removed: Listener): void {
      this.#listeners.get(type)?.delete(removed);
    }

    send(text: string): void {
      // A socket that is closing swallows what it is given, as browsers do.
      if (this.readyState === states.OPEN) this.#inner.send(text);
    }

    close(code?: number, reason?: string): void {
      if (this.readyState >= states.CLOSING) return;
      const wasOpening = this.readyState === states.CONNECTING;
      this.readyState = states.CLOSING;
      clock.clearTimeout(this.#timer);
      this.#timer = clock.setTimeout(() => {
        if (wasOpening) this.#tell({ type: 'error' });
        this.#closed(1006, '');
      }, patience.closeMs);
      this.#inner.close(code, reason);
    }

    #closed(code: number, reason: string): void {
      if (this.readyState === states.CLOSED) return;
      this.readyState = states.CLOSED;
      clock.clearTimeout(this.#timer);
      listener.onClose?.({ code, reason }, this.#heard);
      this.#tell({ type: 'close', code, reason });
    }

    #tell(event: SocketEvent): void {
      this.#listeners.get(event.type)?.forEach((each) => each.call(this, event));
    }
  }

  const made: SocketClass = ImpatientSocket;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- tRPC names the browser's whole class, and uses what SocketClass has
  return made as typeof WebSocket;
}
