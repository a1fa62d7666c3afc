import { type Encoder, jsonEncoder } from '@trpc/server/adapters/ws';
import type { RawData, WebSocket } from 'ws';

import type { SocketLimits } from '../config.ts';
import type { Turns } from '../turns/turns.ts';

/** What the lane of one socket works with. */
export interface CallLaneOptions {
  readonly ws: WebSocket;
  readonly turns: Turns;
  readonly limits: Pick<SocketLimits, 'callsPerFrame' | 'messagesPerFrame' | 'callsAtOnce'>;
  /** Whether the first frame is tRPC's `connectionParams`, which is no call. */
  readonly beginsWithParams: boolean;
  /** Whose turn it is when this socket's calls begin. */
  party(): string;
  /**
   * Null when there is room for another answer; else calls back, once, when to look again: with the room, where it was
   * taken for this lane.
   */
  whenRoom(wake: (room?: () => void) => void): (() => void) | null;
  /** Whether the reader has left the socket full. */
  isFull(): boolean;
  /** Takes room for an answer. @returns what says that it is made */
  makeAnswer(): () => void;
  /** The frame that refuses a call for which its frame had no place. */
  refusal(id: unknown): string;
  /** The peer has sent something. */
  onSign(): void;
  /** A frame has absurdly many messages; the owner closes the socket. */
  onAbsurdFrame(): void;
}

/** What stands between a socket and tRPC. */
export interface CallLane {
  /** How tRPC must write and read messages on this socket. */
  readonly encoder: Encoder;
  /** Puts the lane in the place of the listener of `message` that tRPC has added. */
  open(): void;
  /** Calls that have begun and are not answered. */
  readonly underWay: number;
  /** Forgets what waits. Calls under way go on. */
  close(): void;
}

/** Pings that are answered while the socket is full. */
const PONGS_UNREAD = 16;

/** Stands for a message that was parsed already. */
const parsedMark = Buffer.from('{}');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/**
 * Hands a socket's messages to tRPC one by one, each in a turn of its own (`Turns`), at most `callsAtOnce` of them at a
 * time, and none while its reader leaves the answers lying. While something waits the socket is not read, so nothing is
 * dropped and nothing piles up. tRPC itself would begin all calls of a frame at once.
 */
export function createCallLane(options: CallLaneOptions): CallLane {
  const { limits, turns, ws } = options;
  let isBeforeParams = options.beginsWithParams;
  let toTrpc = (_data: RawData, _isBinary: boolean): void => {};
  const frames: Array<{ data: RawData; isBinary: boolean }> = [];
  let messages: unknown[] = [];
  let accepted = 0;
  /** What the decoder gives next; wrapped, because a message may be null. */
  let handed: { message: unknown } | undefined;
  const making = new Map<unknown, Array<() => void>>();
  const subscribed = new Set<unknown>();
  let underWay = 0;
  let beginning: unknown;
  let isWaiting = false;
  let forgetRoom: (() => void) | null = null;
  /** The room that the next answer has; taken before its turn, because others of the party ask meanwhile. */
  let room: (() => void) | null = null;
  let isClosed = false;
  let pongs = 0;

  const hasBacklog = () => messages.length > 0 || frames.length > 0;

  /** Whether the next piece may be done now; when it is for want of room that it may not, looks again later. */
  function isReady(): boolean {
    if (isClosed || !hasBacklog() || underWay >= limits.callsAtOnce || forgetRoom !== null) return false;
    if (room !== null) return true;
    forgetRoom = options.whenRoom((given) => {
      forgetRoom = null;
      room = given ?? null;
      go();
    });
    if (forgetRoom === null) room = options.makeAnswer();
    return room !== null;
  }

  function leaveRoom(): void {
    room?.();
    room = null;
  }

  function go(): void {
    if (!isWaiting && isReady()) {
      isWaiting = true;
      turns.enter(options.party(), { work });
    }
    readOrWait();
  }

  function readOrWait(): void {
    if (isClosed) return;
    if (hasBacklog()) ws.pause();
    else if (ws.isPaused) ws.resume();
  }

  function work(): boolean {
    if (messages.length === 0) readFrame();
    // To stop something costs nothing, and makes room.
    while (isStop(messages[0])) hand(messages.shift());
    if (messages.length > 0) begin(messages.shift());
    if (!hasBacklog()) leaveRoom();
    isWaiting = isReady();
    readOrWait();
    return isWaiting;
  }

  function readFrame(): void {
    const frame = frames.shift();
    if (frame === undefined) return;
    accepted = 0;
    const parsed = isBeforeParams || frame.isBinary ? undefined : parse(frame.data);
    isBeforeParams = false;
    // What is no JSON, and what is not a call, is for tRPC to judge.
    if (parsed === undefined) return toTrpc(frame.data, frame.isBinary);
    messages = Array.isArray(parsed.message) ? parsed.message : [parsed.message];
    if (messages.length <= limits.messagesPerFrame) return;
    close();
    options.onAbsurdFrame();
  }

  function hand(message: unknown): void {
    handed = { message };
    toTrpc(parsedMark, false);
    handed = undefined;
  }

  function begin(message: unknown): void {
    const id = isRecord(message) ? message['id'] : undefined;
    if (typeof id !== 'number' && typeof id !== 'string') return hand(message);
    accepted += 1;
    if (accepted > limits.callsPerFrame) {
      ws.send(options.refusal(id));
      return;
    }
    const made = room ?? options.makeAnswer();
    room = null;
    making.set(id, [...(making.get(id) ?? []), made]);
    underWay += 1;
    beginning = id;
    hand(message);
    beginning = undefined;
  }

  function finish(id: unknown): void {
    const answers = making.get(id);
    const made = answers?.shift();
    if (made === undefined) return;
    if (answers?.length === 0) making.delete(id);
    underWay -= 1;
    made();
    // Not before the answer has been sent: it is about to be.
    if (hasBacklog()) setImmediate(go);
  }

  /** tRPC writes an answer, an event of a subscription, or a notice. */
  function onWrite(message: unknown): void {
    if (!isRecord(message)) return;
    const { id } = message;
    // What cannot be read as a call is refused at once, without its id.
    if (id === null) return beginning === undefined ? undefined : finish(beginning);
    const type = isRecord(message['result']) ? message['result']['type'] : 'error';
    if (type === 'data' && subscribed.has(id)) return;
    if (type === 'started') subscribed.add(id);
    else subscribed.delete(id);
    finish(id);
  }

  /** Whoever asks for signs of life without reading them gets a few. */
  function answerPing(ping: RawData): void {
    pongs = options.isFull() ? pongs + 1 : 0;
    if (pongs <= PONGS_UNREAD) toTrpc(ping, false);
  }

  function receive(data: RawData, isBinary: boolean): void {
    if (isClosed) return;
    options.onSign();
    // Signs of life are no work, and are not held up by any.
    if (!isBinary && Buffer.isBuffer(data) && data.length === 4) {
      const text = data.toString();
      if (text === 'PONG') return;
      if (text === 'PING') return answerPing(data);
    }
    const isIdle = !isWaiting && !hasBacklog();
    frames.push({ data, isBinary });
    if (!isIdle || !isReady() || !turns.take()) return go();
    if (work()) turns.enter(options.party(), { work });
  }

  function close(): void {
    isClosed = true;
    forgetRoom?.();
    forgetRoom = null;
    leaveRoom();
    frames.length = 0;
    messages = [];
    for (const made of [...making.values()].flat()) made();
    making.clear();
    underWay = 0;
  }

  return {
    encoder: {
      encode(message) {
        const text = JSON.stringify(message);
        onWrite(message);
        return text;
      },
      decode: (data) => (handed === undefined ? jsonEncoder.decode(data) : handed.message),
    },
    open() {
      const listeners = ws.listeners('message');
      ws.removeAllListeners('message');
      toTrpc = (data, isBinary) => {
        for (const listener of listeners) Reflect.apply(listener, ws, [data, isBinary]);
      };
      ws.on('message', receive);
    },
    get underWay() {
      return underWay;
    },
    close,
  };
}

function parse(data: RawData): { message: unknown } | undefined {
  try {
    return Buffer.isBuffer(data) ? { message: JSON.parse(data.toString()) } : undefined;
  } catch {
    return undefined;
  }
}

const isStop = (message: unknown): boolean => isRecord(message) && message['method'] === 'subscription.stop';
