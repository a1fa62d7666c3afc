import type { Socket } from 'socket.io';
import { AmandaError, type Caller } from '../api.ts';
import { invalid, ownRefusalKind, type RefusalKind, refusalOf } from '../errors/refusal.ts';
import { authenticationRequired, socketError } from '../errors/texts.ts';
import type { Clock } from './clock.ts';
import { events } from './events.ts';
import { createGate } from './gate.ts';
import type { SocketLimits } from './limits.ts';
import type { Link } from './link.ts';
import { createSendQueue } from './send-queue.ts';
import { follow, type StreamEnd } from './stream.ts';
import type { AnswerRoom } from './unread.ts';

/** The session that a connection was opened with. A live session of `core` is one. */
export interface SocketSession {
  readonly id: string;
  readonly userId: number;
  /** Why it ended; null while it lasts. */
  readonly ended: unknown;
  /** @returns what takes the listener away */
  onEnd(listener: () => void): () => void;
  /** Says that the connection no longer needs it. */
  release(): void;
}

/** Where errors go. A pino logger is one. */
export interface SocketLog {
  error(fields: object, text: string): void;
}

/** One socket at work. */
export interface Conversation {
  /** Breaks the connection once no answer is being shown, so that the client reconnects. */
  drain(): void;
  /** Gives up what is under way. */
  abort(): void;
  /** Resolves when nothing that was asked for over the socket is under way any more. */
  settled(): Promise<void>;
}

/** Begins to serve a socket; ends by itself when the socket disconnects. */
export function converse(options: {
  socket: Socket;
  link: Link;
  room: AnswerRoom;
  caller: Caller;
  session: SocketSession;
  /** Aborts the caller's streams. */
  controller: AbortController;
  limits: SocketLimits;
  clock: Clock;
  log: SocketLog;
  /** Counts what the socket itself refuses. */
  refused(kind: RefusalKind): void;
}): Conversation {
  const { caller, clock, controller, limits, link, log, room, session, socket } = options;
  const { signal } = controller;
  const queue = createSendQueue({ caller, clock, waiting: limits.waiting, waitMs: limits.waitMs });
  const gate = createGate(socket.conn, {
    ...limits,
    clock,
    isStuck: () => link.cut(),
  });
  const underWay = new Set<Promise<void>>();
  let showing: Promise<void> = Promise.resolve();
  let isDraining = false;

  const isServed = () => socket.connected && session.ended === null && !signal.aborted;

  /** One answer at a time: legacy clients cannot tell whose token they get. */
  function show(messageId: number, offset: number): Promise<void> {
    const shown = showing.then(() => showNow(messageId, offset));
    showing = shown.catch(() => undefined);
    return shown;
  }

  async function showNow(messageId: number, from: number): Promise<void> {
    if (!isServed()) return;
    let length = 0;
    const end = await follow(caller, messageId, async (text, offset) => {
      length = offset + text.length;
      if (length <= from) return;
      const cut = Math.max(0, from - offset);
      if (cut > 0 && isInsidePair(text, cut)) throw invalid('offset', 'range');
      await gate.ready(signal);
      const handOver = await room.take(Buffer.byteLength(text), signal);
      try {
        if (!isServed()) throw new AmandaError('SESSION_ENDED');
        socket.emit('message_token', { text: text.slice(cut) });
      } finally {
        handOver?.();
      }
    });
    await completeInRoom(messageId, end, () => {
      if (from > length) throw invalid('offset', 'range');
    });
  }

  /** The whole text comes once more, and more than one of them must not wait for a reader. */
  async function completeInRoom(messageId: number, shown: StreamEnd, check: () => void): Promise<void> {
    const bytes = bytesOf(shown);
    let end: StreamEnd | undefined = shown;
    let handOver = room.takeNow(bytes);
    if (handOver === null) {
      // Its text is not kept while the user leaves so much else unread, but read again.
      end = undefined;
      handOver = await room.take(bytes, signal);
    }
    try {
      if (!isServed()) return;
      end ??= await follow(caller, messageId, () => undefined);
      await gate.ready(signal);
      if (!isServed()) return;
      check();
      complete(messageId, end);
    } finally {
      handOver?.();
    }
  }

  /**
   * What was stopped or interrupted counts as complete with the text that there is, for legacy clients know only
   * `message_complete` and `error`, and after an error throw the text away. An interrupted answer without any text is
   * an error: the chat shows no such message.
   */
  function complete(messageId: number, end: StreamEnd): void {
    if (end.message === undefined) throw new AmandaError('NOT_FOUND');
    const { text } = end.message;
    const failed = end.status === 'failed' || (end.status === 'interrupted' && text === '');
    if (failed) throw new AmandaError('AI_UNAVAILABLE');
    socket.emit('message_complete', { message_id: messageId, full_text: text });
  }

  async function handle(name: string, args: readonly unknown[]): Promise<void> {
    const last = args.at(-1);
    const ack = typeof last === 'function' ? last : null;
    const payload = args[0] === ack ? undefined : args[0];
    let acknowledged = ack === null;
    const acknowledge = (answer: object) => {
      if (!acknowledged) ack?.(answer);
      acknowledged = true;
    };
    try {
      if (underWay.size >= limits.events) throw new AmandaError('RATE_LIMITED');
      await events[name]?.(payload, { caller, queue, show, acknowledge });
    } catch (error) {
      refuse(error, acknowledge);
    }
  }

  function refuse(thrown: unknown, acknowledge: (answer: object) => void): void {
    const kind = ownRefusalKind(thrown);
    if (kind !== null) options.refused(kind);
    if (!socket.connected || signal.aborted) return;
    if (refusalOf(thrown).code === 'INTERNAL') log.error({ err: thrown }, 'A Socket.IO event failed');
    const answer = socketError(thrown);
    if (answer === authenticationRequired) return sayFarewell();
    socket.emit('error', answer);
    // Who waits for an acknowledgement must not wait for ever.
    acknowledge({ error: answer });
  }

  function sayFarewell(): void {
    if (signal.aborted) return;
    socket.emit('error', authenticationRequired);
    controller.abort();
    clock.after(limits.farewellMs, () => socket.disconnect(true));
  }

  for (const name of Object.keys(events)) {
    socket.on(name, (...args: unknown[]) => {
      const handled = handle(name, args);
      underWay.add(handled);
      void handled.finally(() => {
        underWay.delete(handled);
        if (isDraining && underWay.size === 0) link.sever();
      });
    });
  }
  socket.use((_event, next) => {
    if (session.ended === null) return next();
    sayFarewell();
    socket.disconnect(true);
  });
  const forget = session.onEnd(sayFarewell);
  socket.once('disconnect', () => {
    forget();
    gate.close();
    socket.conn.close();
    // A message that was received is sent, also when its sender has gone meanwhile.
    void queue.idle().then(() => {
      controller.abort();
      session.release();
    });
  });
  if (session.ended !== null) sayFarewell();

  return {
    drain() {
      isDraining = true;
      if (underWay.size === 0) link.sever();
    },
    abort: () => controller.abort(),
    async settled() {
      await Promise.allSettled(underWay);
    },
  };
}

const bytesOf = ({ message }: StreamEnd): number => Buffer.byteLength(message?.text ?? '');

const isInsidePair = (text: string, place: number): boolean =>
  /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(place - 1, place + 1));
