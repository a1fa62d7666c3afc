import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../test/fake-clock.ts';
import { impatientSockets, type SocketLike } from './socket.ts';

/** A socket whose peer is dead: it never says anything by itself. */
function deadSockets() {
  const made: DeadSocket[] = [];
  class DeadSocket implements SocketLike {
    binaryType = 'blob';
    readyState = 0;
    readonly sent: string[] = [];
    closed = false;
    readonly listeners = new Map<string, (event: never) => void>();
    constructor(url: string) {
      this.url = url;
      made.push(this);
    }
    readonly url: string;
    addEventListener(type: string, listener: (event: never) => void) {
      this.listeners.set(type, listener);
    }
    send(text: string) {
      this.sent.push(text);
    }
    close() {
      this.closed = true;
    }
    tell(type: string, event: object = {}) {
      this.listeners.get(type)?.(event as never);
    }
  }
  return { DeadSocket, made };
}

function impatient() {
  const clock = fakeClock();
  const { DeadSocket, made } = deadSockets();
  const heard: unknown[] = [];
  const Socket = impatientSockets(DeadSocket, {
    clock,
    patience: { openMs: 10_000, closeMs: 300 },
    listener: { onClose: ({ code }, wasHeard) => heard.push([code, wasHeard]) },
  });
  const socket = new Socket('ws://127.0.0.1/trpc');
  const events: string[] = [];
  for (const type of ['open', 'message', 'error', 'close'] as const) {
    socket.addEventListener(type, () => events.push(type));
  }
  const [inner] = made;
  if (inner === undefined) throw new Error('no socket was made');
  return { clock, events, heard, inner, socket };
}

describe('an impatient socket', () => {
  it('says that it is closed although its peer never answers the close', () => {
    const { clock, events, heard, inner, socket } = impatient();
    inner.tell('open');
    socket.close();
    expect(inner.closed).toBe(true);
    expect(socket.readyState).toBe(2);
    clock.advance(299);
    expect(events).toEqual(['open']);
    clock.advance(1);
    expect(events).toEqual(['open', 'close']);
    inner.tell('close', { code: 1000, reason: '' });
    expect(events).toEqual(['open', 'close']);
    expect(heard).toEqual([[1006, false]]);
  });

  it('passes a close on at once, with its code', () => {
    const { clock, heard, inner, socket } = impatient();
    inner.tell('open');
    inner.tell('message', { data: 'PONG' });
    inner.tell('close', { code: 4401, reason: 'revoked' });
    expect(heard).toEqual([[4401, true]]);
    clock.advance(20_000);
    expect(heard).toHaveLength(1);
    expect(socket.readyState).toBe(3);
  });

  it('gives up opening after a while, as a failure', () => {
    const { clock, events } = impatient();
    clock.advance(10_300);
    expect(events).toEqual(['error', 'close']);
  });

  it('swallows what is sent while it closes', () => {
    const { inner, socket } = impatient();
    inner.tell('open');
    socket.send('first');
    socket.close();
    socket.send('second');
    expect(inner.sent).toEqual(['first']);
  });
});
