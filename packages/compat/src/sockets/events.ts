import { AmandaError, type Caller } from '../api.ts';
import { invalid } from '../errors/refusal.ts';
import type { SendQueue } from './send-queue.ts';

/** What the handler of an event works with. */
export interface EventContext {
  readonly caller: Caller;
  readonly queue: SendQueue;
  /** Shows an answer on this socket, after those that are being shown. */
  readonly show: (messageId: number, offset: number) => Promise<void>;
  /** Answers the client's acknowledgement, if it asked for one. */
  readonly acknowledge: (answer: object) => void;
}

type Handler = (payload: unknown, context: EventContext) => Promise<void>;

/** Every event that a legacy client may send. Others are ignored. */
export const events: Readonly<Record<string, Handler>> = {
  /** `{chat_id, message}`: stores a message and shows the answer. */
  async send_message(payload, { queue, show, acknowledge }) {
    const fields = fieldsOf(payload, ['chat_id', 'message']);
    if (typeof fields['message'] !== 'string') throw invalid('message', 'type');
    const text = fields['message'].trim();
    if (text === '') throw invalid('text', 'empty');
    const started = await queue.send(idOf(fields['chat_id'], 'chatId'), text);
    acknowledge({ message_id: started.messageId, user_message_id: started.questionId });
    await show(started.messageId, 0);
  },

  /** `{chat_id}` or `{message_id}`: ends the answer that is being written. Whoever is shown it gets `message_complete`. */
  async stop_message(payload, context) {
    const { caller, acknowledge } = context;
    const messageId = await namedMessage(payload, context, 'active');
    if (messageId === null) return acknowledge({ message_id: null });
    const message = await caller.message.stop({ messageId });
    acknowledge({ message_id: message.id, status: message.status });
  },

  /** `{chat_id}` or `{message_id}`, and `offset`: shows the rest of an answer, for clients that were disconnected. */
  async resume_message(payload, context) {
    const { show, acknowledge } = context;
    const offset = fieldsOf(payload, [])['offset'] ?? 0;
    if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0)
      throw invalid('offset', 'range');
    const messageId = await namedMessage(payload, context, 'latest');
    if (messageId === null) throw new AmandaError('NOT_FOUND', { details: { field: 'messageId' } });
    acknowledge({ message_id: messageId });
    await show(messageId, offset);
  },
};

/** The names of all events that are listened to. */
export const eventNames: readonly string[] = Object.keys(events);

/** The answer that the payload names by itself or by its chat; null when the chat has none. */
async function namedMessage(
  payload: unknown,
  { caller, queue }: EventContext,
  which: 'active' | 'latest',
): Promise<number | null> {
  const fields = fieldsOf(payload, []);
  if (Object.hasOwn(fields, 'message_id')) return idOf(fields['message_id'], 'messageId');
  if (!Object.hasOwn(fields, 'chat_id')) throw invalid('payload', 'missing');
  const chatId = idOf(fields['chat_id'], 'chatId');
  // A message that this socket sent just before is on its way into the chat.
  await queue.attempted(chatId);
  const { activeMessageId } = await caller.chat.get({ chatId });
  if (activeMessageId !== null || which === 'active') return activeMessageId;
  const { items } = await caller.message.list({ chatId, limit: 1 });
  const latest = items.at(-1);
  return latest?.role === 'assistant' ? latest.id : null;
}

function fieldsOf(payload: unknown, required: readonly string[]): Readonly<Record<string, unknown>> {
  const isPlain =
    typeof payload === 'object' && payload !== null && Object.getPrototypeOf(payload) === Object.prototype;
  if (!isPlain || !required.every((field) => Object.hasOwn(payload, field)))
    throw invalid('payload', 'missing');
  return { ...payload };
}

/** Python clients send ids as numbers or as their decimal text. */
function idOf(value: unknown, field: 'chatId' | 'messageId'): number {
  const isDecimal = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value);
  const id = isDecimal ? Number(value) : value;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id <= 0) throw invalid(field, 'type');
  return id;
}
