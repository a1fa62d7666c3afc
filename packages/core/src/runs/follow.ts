import type { HotQueries, StoredMessage } from '@amanda/db';
import type { Topics } from '../bus/topics.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { orRefuse } from '../errors/refusals.ts';
import { toMessage } from '../messages/to-message.ts';
import type { ActiveRun } from './active-run.ts';
import { eventId, type Place, parseEventId } from './event-id.ts';
import type { Gate, StreamEvent } from './runs.ts';
import { sliceText, splitsPair } from './text.ts';

/** The largest delta while an answer is being written, and while a finished one is replayed, in UTF-16 code units. */
const sliceLength = { live: 64 * 1024, replay: 256 * 1024 } as const;

/** What following needs of the engine. */
export interface FollowOptions {
  readonly hot: Pick<HotQueries, 'readMessage' | 'readRun'>;
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
): AsyncGenerator<StreamEvent, void, undefined> {
  const { messageId } = input;
  const watcher = options.topics.watch(messageId);
  const leave = (): void => watcher.close();
  signal.addEventListener('abort', leave, { once: true });
  try {
    let message: StoredMessage | undefined = await orRefuse(options.hot.readMessage(userId, messageId));
    const asked = input.from === undefined ? undefined : parseEventId(input.from);
    let place: Place = { runId: asked?.runId ?? newestRun(options, message), offset: asked?.offset ?? 0 };
    let pings = 0;

    const valid = asked === undefined || (await isPlaceOf(options, message, place));
    if (!valid) {
      const text = sliceText(message.text, 0, sliceLength.replay);
      place = { runId: newestRun(options, message), offset: text.length };
      yield { id: eventId(place, 'r'), type: 'reset', text };
    }

    // The text that was read for the checks is as good as any for the first look.
    let fresh = true;
    while (!signal.aborted) {
      const room = gate?.ready(signal);
      if (room !== undefined) {
        try {
          await room;
        } catch {
          return; // the connection is gone
        }
        fresh = false;
        continue;
      }

      const run = options.activeRun(messageId);
      if (run !== undefined && place.offset >= run.tail.start) {
        fresh = false;
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

      if (!fresh) message = await readAgain(options, userId, messageId);
      fresh = false;
      if (message === undefined) {
        yield { id: eventId(place, 'e'), type: 'end', status: 'stopped' };
        return;
      }
      const ended: boolean = message.status !== 'streaming';
      const text = sliceText(message.text, place.offset, ended ? sliceLength.replay : sliceLength.live);
      if (text !== '') {
        const { offset } = place;
        place = { ...place, offset: offset + text.length };
        // What was not given yet is read again, after the subscriber had room for this.
        fresh = place.offset === message.text.length && ended;
        yield { id: eventId(place), type: 'delta', offset, text };
      } else if (ended) {
        yield endEvent(place, message);
        return;
      } else if (watcher.pingDue()) {
        pings += 1;
        yield { id: eventId(place, `p${pings}`), type: 'ping' };
      } else {
        await watcher.changed();
      }
    }
  } finally {
    signal.removeEventListener('abort', leave);
    watcher.close();
  }
}

function endEvent(place: Place, stored: StoredMessage): StreamEvent {
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

async function readAgain(
  { hot }: FollowOptions,
  userId: number,
  messageId: number,
): Promise<StoredMessage | undefined> {
  try {
    return await orRefuse(hot.readMessage(userId, messageId));
  } catch (error) {
    if (error instanceof AmandaError && error.code === 'NOT_FOUND') return undefined;
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
      : await orRefuse(options.hot.readRun(place.runId));
  if (run !== undefined && run.chatId !== message.chatId) {
    throw new AmandaError('INVALID_EVENT_ID', { details: { field: 'lastEventId' } });
  }
  const tail = options.activeRun(message.id)?.tail;
  const length = Math.max(message.text.length, tail?.end ?? 0);
  // No such run at all: the database is older than the client.
  if (run === undefined || run.messageId !== message.id || place.offset > length) return false;
  if (tail !== undefined && place.offset >= tail.start) return !tail.splitsPair(place.offset);
  return !splitsPair(message.text, place.offset);
}
