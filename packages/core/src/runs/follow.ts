import type { Placed, StreamEvent } from '@amanda/contract';
import type { StoredMessage, Transactions } from '@amanda/db';
import type { Topics } from '../bus/topics.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { orRefuse } from '../errors/refusals.ts';
import { toMessage } from '../messages/to-message.ts';
import type { ActiveRun } from './active-run.ts';
import { eventId, type Place, parseEventId } from './event-id.ts';
import type { Gate } from './runs.ts';
import { sliceText, splitsPair } from './text.ts';

/** The largest delta while an answer is being written, and while a finished one is replayed, in UTF-16 code units. */
const sliceLength = { live: 64 * 1024, replay: 256 * 1024 } as const;

/** What following needs of the engine. */
export interface FollowOptions {
  readonly transactions: Pick<Transactions, 'readMessage' | 'readRun'>;
  readonly topics: Topics<number>;
  /** The run of this message that this process writes. */
  activeRun(messageId: number): ActiveRun | undefined;
}

/**
 * A subscriber: a cursor into the journal, and nothing else. It asks for text from its place on, gives a slice, moves
 * on, and waits for a hint when it has everything. It watches before it reads, so no hint is missed.
 */
export async function* follow(
  options: FollowOptions,
  userId: number,
  input: { messageId: number; from?: string | undefined },
  { signal, gate }: { signal: AbortSignal; gate?: Gate | undefined },
): AsyncGenerator<Placed<StreamEvent>, void, undefined> {
  const { messageId } = input;
  const watcher = options.topics.watch(messageId);
  const leave = (): void => watcher.close();
  signal.addEventListener('abort', leave, { once: true });
  try {
    // What was read for the checks is as good as any for the first look. It is never kept over a wait: a subscriber
    // that holds a long text costs as much as the text.
    const start = await begin(options, userId, messageId, input.from);
    let { place, look }: Start = start;
    start.look = undefined;
    let pings = 0;
    let step: Step | undefined;
    if (start.reset !== undefined) yield { id: eventId(place, 'r'), type: 'reset', text: start.reset };
    start.reset = undefined;

    while (!signal.aborted) {
      const room = gate?.ready(signal);
      if (room !== undefined) {
        look = undefined;
        try {
          await room;
        } catch {
          return; // the connection is gone
        }
        continue;
      }

      const run = options.activeRun(messageId);
      if (run !== undefined && place.offset >= run.tail.start) {
        look = undefined;
        const text = run.tail.end > place.offset ? run.tail.slice(place.offset, sliceLength.live) : '';
        if (text !== '') {
          const { offset } = place;
          place = { runId: run.runId, offset: offset + text.length };
          yield { id: eventId(place), type: 'delta', offset, text };
        } else if (watcher.pingDue()) {
          pings += 1;
          yield { id: eventId(place, `p${pings}`), type: 'ping' };
        } else {
          await watcher.changed();
        }
        continue;
      }

      // Read anew after each event: while the subscriber stood still, an ended answer may have been continued.
      look ??= await lookAgain(options, userId, messageId);
      step = stepFrom(place, look.message);
      // Also what a register of this generator may still point to is to hold no text.
      look.message = undefined;
      look = undefined;
      if (step.event !== undefined) {
        place = step.place;
        yield step.event;
        if (step.over) return;
      } else if (watcher.pingDue()) {
        pings += 1;
        yield { id: eventId(place, `p${pings}`), type: 'ping' };
      } else {
        await watcher.changed();
      }
      step = undefined;
    }
  } finally {
    signal.removeEventListener('abort', leave);
    watcher.close();
  }
}

function endEvent(place: Place, stored: StoredMessage): Placed<StreamEvent> {
  const message = toMessage(stored);
  return {
    id: eventId(place, 'e'),
    type: 'end',
    status: message.status,
    message,
    ...(message.usage === null ? {} : { usage: message.usage }),
    ...(message.error === null ? {} : { error: message.error }),
  };
}

/** What a subscriber gets from the stored message; no event when there is nothing new. */
interface Step {
  readonly place: Place;
  readonly event?: Placed<StreamEvent>;
  /** Whether nothing comes after the event. */
  readonly over: boolean;
}

function stepFrom(place: Place, stored: StoredMessage | undefined): Step {
  if (stored === undefined) {
    return { place, event: { id: eventId(place, 'e'), type: 'end', status: 'stopped' }, over: true };
  }
  const ended = stored.status !== 'streaming';
  const slice = sliceText(stored.text, place.offset, ended ? sliceLength.replay : sliceLength.live);
  if (slice !== '') {
    const next = { ...place, offset: place.offset + slice.length };
    const text = slice.length < stored.text.length ? standalone(slice) : slice;
    return {
      place: next,
      event: { id: eventId(next), type: 'delta', offset: place.offset, text },
      over: false,
    };
  }
  return ended ? { place, event: endEvent(place, stored), over: true } : { place, over: false };
}

/** A copy: a slice keeps the whole text in memory that it was cut from. */
const standalone = (slice: string): string => Buffer.from(slice, 'utf16le').toString('utf16le');

/** Where a subscriber begins. */
interface Start {
  readonly place: Place;
  look: Look | undefined;
  /** The text to begin anew with, since the place that was asked for is none. */
  reset: string | undefined;
}

async function begin(
  options: FollowOptions,
  userId: number,
  messageId: number,
  from: string | undefined,
): Promise<Start> {
  const message = await orRefuse(options.transactions.readMessage(userId, messageId));
  const asked = from === undefined ? undefined : parseEventId(from);
  if (asked === undefined) {
    return { place: { runId: newestRun(options, message), offset: 0 }, look: { message }, reset: undefined };
  }
  if (await isPlaceOf(options, message, asked)) return { place: asked, look: { message }, reset: undefined };
  const text = sliceText(message.text, 0, sliceLength.replay);
  const place = { runId: newestRun(options, message), offset: text.length };
  return { place, look: undefined, reset: text };
}

/** What a look into the database found; no message when its chat was deleted. */
interface Look {
  message: StoredMessage | undefined;
}

async function lookAgain({ transactions }: FollowOptions, userId: number, messageId: number): Promise<Look> {
  try {
    return { message: await orRefuse(transactions.readMessage(userId, messageId)) };
  } catch (error) {
    if (error instanceof AmandaError && error.code === 'NOT_FOUND') return { message: undefined };
    throw error;
  }
}

/** The run that a place without one belongs to; 0 for a question, which no run wrote. */
function newestRun(options: FollowOptions, message: StoredMessage): number {
  return options.activeRun(message.id)?.runId ?? message.run?.id ?? 0;
}

/**
 * Whether a place lies in this message's text as it is stored.
 * @throws INVALID_EVENT_ID when it belongs to another chat
 */
async function isPlaceOf(options: FollowOptions, message: StoredMessage, place: Place): Promise<boolean> {
  const run =
    place.runId === 0 && message.run === null
      ? { chatId: message.chatId, messageId: message.id }
      : await orRefuse(options.transactions.readRun(place.runId));
  if (run !== undefined && run.chatId !== message.chatId) {
    throw new AmandaError('INVALID_EVENT_ID', { details: { field: 'lastEventId' } });
  }
  const tail = options.activeRun(message.id)?.tail;
  const length = Math.max(message.text.length, tail?.end ?? 0);
  // No such run at all: the database is older than the client.
  if (run === undefined || run.messageId !== message.id || place.offset > length) return false;
  if (tail !== undefined && place.offset >= tail.start && place.offset <= tail.end)
    return !tail.splitsPair(place.offset);
  return !splitsPair(message.text, place.offset);
}
