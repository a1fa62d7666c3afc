import type { FeedEvent, Message, StreamEvent, Usage } from '@amanda/contract';
import { feedChanges, isFeedChange } from '@amanda/contract/wire';
import { outdated, unreadable } from '../errors/amanda-error.ts';

type Fields = Record<string, unknown>;
type Check = (value: unknown) => boolean;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isId: Check = (value) => Number.isSafeInteger(value) && Number(value) > 0;
const isOffset: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isDate: Check = (value) => value instanceof Date && !Number.isNaN(value.getTime());
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (...texts: string[]): Check =>
  (value) =>
    typeof value === 'string' && texts.includes(value);
/** Every field of a noun has its check; those that are not named are newer than this client, and do no harm. */
const shape =
  <Noun>(checks: Record<Exclude<keyof Noun, 'v' | 'type'>, Check>): Check =>
  (value) =>
    isFields(value) && Object.entries<Check>(checks).every(([name, check]) => check(value[name]));

const isStatus = oneOf('streaming', 'complete', 'stopped', 'failed', 'interrupted');
const isUsage = shape<Usage>({
  model: orNull(isText),
  inputTokens: orNull(isNumber),
  outputTokens: orNull(isNumber),
  firstPieceMs: orNull(isNumber),
  durationMs: orNull(isNumber),
  finishReason: orNull(isText),
});
const isMessage = shape<Message>({
  id: isId,
  chatId: isId,
  role: oneOf('user', 'assistant'),
  text: isText,
  status: isStatus,
  createdAt: isDate,
  error: orNull(isText),
  replyTo: orNull(isId),
  version: shape<Message['version']>({ index: isNumber, count: isNumber }),
  eventId: orNull(isText),
  usage: orNull(isUsage),
});

/** The checks of a union's members, by their type: one that is missing does not compile. */
type ChecksOf<Event extends { readonly type: string }> = Record<Event['type'], Check>;
type StreamEventOf<Type> = Extract<StreamEvent, { readonly type: Type }>;
type FeedEventOf<Type> = Extract<FeedEvent, { readonly type: Type }>;

const streamChecks: ChecksOf<StreamEvent> = {
  delta: shape<StreamEventOf<'delta'>>({ offset: isOffset, text: isText }),
  end: shape<StreamEventOf<'end'>>({
    status: isStatus,
    message: orAbsent(isMessage),
    usage: orAbsent(isUsage),
    error: orAbsent(isText),
  }),
  reset: shape<StreamEventOf<'reset'>>({ text: isText }),
  ping: () => true,
};

const kinds = { id: isId, text: isText };
const isChange: Check = (value) => {
  if (!isFields(value) || typeof value['type'] !== 'string' || !isFeedChange(value['type'])) return false;
  return Object.entries(feedChanges[value['type']]).every(([name, kind]) => kinds[kind](value[name]));
};

const feedChecks: ChecksOf<FeedEvent> = {
  ready: () => true,
  reset: () => true,
  ping: () => true,
  change: shape<FeedEventOf<'change'>>({ change: isChange }),
};

const streamEvents: ReadonlyMap<string, Check> = new Map(Object.entries(streamChecks));
const feedEvents: ReadonlyMap<string, Check> = new Map(Object.entries(feedChecks));

/** The type of an event. @throws {AmandaError} when it has none, and when its contract is another */
function typeOf(event: unknown, name: string): string {
  if (!isFields(event)) throw unreadable(name);
  // A newer contract may have changed anything but this field.
  if (event['v'] !== 1) throw outdated();
  if (typeof event['type'] !== 'string') throw unreadable(name);
  return event['type'];
}

/** Whether an event is a change of a kind that a later server has added. */
function isLaterChange(event: unknown): boolean {
  const change = isFields(event) && event['type'] === 'change' ? event['change'] : undefined;
  return isFields(change) && typeof change['type'] === 'string' && !isFeedChange(change['type']);
}

const isStreamEvent = (event: unknown, check: Check): event is StreamEvent => check(event);
const isFeedEvent = (event: unknown, check: Check): event is FeedEvent => check(event);

/**
 * Reads an event of `message.stream` as it came over the wire. Null is an event of a type that a later server has
 * added: skip it.
 * @throws {AmandaError} CLIENT_OUTDATED for a version that this client does not know, UNREADABLE for anything else
 */
export function readStreamEvent(event: unknown): StreamEvent | null {
  const name = 'an event of an answer';
  const check = streamEvents.get(typeOf(event, name));
  if (check === undefined) return null;
  if (!isStreamEvent(event, check)) throw unreadable(name);
  return event;
}

/**
 * Reads an event of `events.watch` as it came over the wire. Null is an event, or a change, of a type that a later
 * server has added: skip it.
 * @throws {AmandaError} CLIENT_OUTDATED for a version that this client does not know, UNREADABLE for anything else
 */
export function readFeedEvent(event: unknown): FeedEvent | null {
  const name = 'an event of the change feed';
  const check = feedEvents.get(typeOf(event, name));
  if (check === undefined || isLaterChange(event)) return null;
  if (!isFeedEvent(event, check)) throw unreadable(name);
  return event;
}
