import type { contract } from '@amanda/api';
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
/** Fields that are not named are newer than this client, and do no harm. */
const shape =
  (checks: Record<string, Check>): Check =>
  (value) =>
    isFields(value) && Object.entries(checks).every(([name, check]) => check(value[name]));

const isStatus = oneOf('streaming', 'complete', 'stopped', 'failed', 'interrupted');
const isUsage = shape({
  model: orNull(isText),
  inputTokens: orNull(isNumber),
  outputTokens: orNull(isNumber),
  firstPieceMs: orNull(isNumber),
  durationMs: orNull(isNumber),
  finishReason: orNull(isText),
});
const isMessage = shape({
  id: isId,
  chatId: isId,
  role: oneOf('user', 'assistant'),
  text: isText,
  status: isStatus,
  createdAt: isDate,
  error: orNull(isText),
  replyTo: orNull(isId),
  version: shape({ index: isNumber, count: isNumber }),
  eventId: orNull(isText),
  usage: orNull(isUsage),
});

const streamEvents: Record<string, Check> = {
  delta: shape({ offset: isOffset, text: isText }),
  end: shape({
    status: isStatus,
    message: orAbsent(isMessage),
    usage: orAbsent(isUsage),
    error: orAbsent(isText),
  }),
  reset: shape({ text: isText }),
  ping: () => true,
};

const ofChat = shape({ chatId: isId });
const ofMessage = shape({ chatId: isId, messageId: isId });
const ofRun = shape({ chatId: isId, messageId: isId, runId: isId });
const changes: Record<string, Check> = {
  'chat.created': ofChat,
  'chat.renamed': ofChat,
  'chat.restored': ofChat,
  'chat.moved': ofChat,
  'chat.read': ofChat,
  'chat.deleted': ofChat,
  'message.added': ofMessage,
  'message.superseded': ofMessage,
  'run.started': ofRun,
  'run.ended': ofRun,
  'session.ended': shape({ sessionId: isText }),
};
const isChange: Check = (value) =>
  isFields(value) && typeof value['type'] === 'string' && changes[value['type']]?.(value) === true;
const feedEvents: Record<string, Check> = {
  ready: () => true,
  reset: () => true,
  ping: () => true,
  change: shape({ change: isChange }),
};

function fits(kinds: Record<string, Check>, event: unknown, name: string): boolean {
  if (!isFields(event)) throw unreadable(name);
  // A newer contract may have changed anything but this field.
  if (event['v'] !== 1) throw outdated();
  return typeof event['type'] === 'string' && kinds[event['type']]?.(event) === true;
}

const isStreamEvent = (event: unknown): event is contract.StreamEvent =>
  fits(streamEvents, event, 'an event of an answer');
const isFeedEvent = (event: unknown): event is contract.FeedEvent =>
  fits(feedEvents, event, 'an event of the change feed');

/**
 * Reads an event of `message.stream` as it came over the wire.
 * @throws {AmandaError} CLIENT_OUTDATED for a version that this client does not know, UNREADABLE for anything else
 */
export function readStreamEvent(event: unknown): contract.StreamEvent {
  if (!isStreamEvent(event)) throw unreadable('an event of an answer');
  return event;
}

/**
 * Reads an event of `events.watch` as it came over the wire.
 * @throws {AmandaError} CLIENT_OUTDATED for a version that this client does not know, UNREADABLE for anything else
 */
export function readFeedEvent(event: unknown): contract.FeedEvent {
  if (!isFeedEvent(event)) throw unreadable('an event of the change feed');
  return event;
}
