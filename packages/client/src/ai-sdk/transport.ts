import type { ChatTransport } from 'ai';
import type { Turn } from '../chat/turn.ts';
import type { AmandaClient } from '../client.ts';
import { newClientId } from '../environment/client-id.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { type AmandaChunk, chunksOf } from './chunks.ts';
import { type AmandaUIMessage, textOf, toId } from './messages.ts';

/** A transport for `useChat`, whose `id` is the chat's id as text. */
export interface AmandaChatTransport extends ChatTransport<AmandaUIMessage> {
  /**
   * Ends the writing in a chat on the server; the text stays, and `useChat` sees the answer end. The `stop()` of
   * `useChat` only leaves: it is called when a page is left, too, and no answer must end for that.
   */
  stop(chatId: string): Promise<void>;
}

/** What may be changed. */
export interface ChatTransportOptions {
  /** What a user reads when the writing of an answer failed, by a code of `docs/errors.md`. */
  readonly errorText?: (code: string) => string;
}

/** Longer than a page takes to load. */
const justEndedMs = 60_000;

type SendOptions = Parameters<AmandaChatTransport['sendMessages']>[0];

/**
 * Makes a transport that lets UIs made for the AI SDK run on Amanda. Make it once, not at each render: it remembers what
 * was sent. It holds nothing that has to be closed.
 */
export function createChatTransport(
  client: AmandaClient,
  options: ChatTransportOptions = {},
): AmandaChatTransport {
  const { errorText = (code) => `The answer could not be finished (${code}).` } = options;
  /** The key under which a message of the SDK is sent, so that sending it again does not double it. */
  const keys = new Map<string, string>();
  /** Messages of the SDK that were sent, by Amanda's ids. */
  const questions = new Map<string, number>();

  const chatOf = (chatId: string) => {
    const id = toId(chatId);
    if (id === undefined)
      throw new AmandaError('NOT_FOUND', `useChat needs the id of a chat, not “${chatId}”.`);
    return client.chat(id);
  };
  const newestTurn = async (chatId: number) => {
    // A page is bounded in bytes too, so that two long messages may come on two.
    const { items: newest, nextCursor } = await client.trpc.message.list.query({ chatId, limit: 2 });
    const before =
      newest.length < 2 && nextCursor !== null
        ? (await client.trpc.message.list.query({ chatId, limit: 1, cursor: nextCursor })).items
        : [];
    const items = [...before, ...newest];
    return {
      question: items.findLast(({ role }) => role === 'user'),
      answer: items.findLast(({ role }) => role === 'assistant'),
    };
  };

  const ask = ({ abortSignal, chatId, messageId, messages }: SendOptions): Turn => {
    const chat = chatOf(chatId);
    const question = messages.at(-1);
    const text = textOf(question);
    const edited = questions.get(messageId ?? '') ?? toId(messageId);
    const key = JSON.stringify([question?.id, text]);
    const clientId = keys.get(key) ?? newClientId();
    keys.set(key, clientId);
    const turnOptions = { clientId, ...(abortSignal === undefined ? {} : { signal: abortSignal }) };
    const turn = edited === undefined ? chat.send(text, turnOptions) : chat.edit(edited, text, turnOptions);
    if (question !== undefined) {
      const sent = ({ questionId }: { questionId: number }) => {
        keys.delete(key);
        questions.set(question.id, questionId);
      };
      turn.started.then(sent, () => {});
    }
    return turn;
  };

  const begin = async (given: SendOptions): Promise<Turn> => {
    if (given.trigger === 'submit-message') return ask(given);
    const chat = chatOf(given.chatId);
    const named = toId(given.messageId);
    const { answer, question } = await newestTurn(chat.chatId);
    // The question itself may never have arrived: then this is a second attempt to send it.
    if (named === undefined && question?.text !== textOf(given.messages.at(-1)).trim()) {
      return ask({ ...given, messageId: undefined });
    }
    const answerId = named ?? answer?.id;
    if (answerId === undefined) throw new AmandaError('NOT_FOUND', 'There is no answer to be written anew.');
    return chat.regenerate(answerId, given.abortSignal === undefined ? {} : { signal: given.abortSignal });
  };

  return {
    // An answer is always told from its beginning, so a page may forget what it had.
    resumeStreamIsReplay: true,
    async sendMessages(given) {
      const turn = await begin(given);
      await turn.started;
      return streamOf(turn, given.abortSignal, errorText);
    },
    async reconnectToStream({ abortSignal, chatId }) {
      const chat = chatOf(chatId);
      const { answer } = await newestTurn(chat.chatId);
      if (answer === undefined) return null;
      // One that has just ended is told, too: the page may have loaded its messages before that.
      const endedAt = answer.createdAt.getTime() + (answer.usage?.durationMs ?? 0);
      if (answer.status !== 'streaming' && endedAt < Date.now() - justEndedMs) return null;
      return streamOf(chat.follow(answer.id), abortSignal, errorText);
    },
    async stop(chatId) {
      const chat = chatOf(chatId);
      const { activeMessageId } = await client.trpc.chat.get.query({ chatId: chat.chatId });
      if (activeMessageId !== null) await chat.stop(activeMessageId);
    },
  };
}

/** A stream that asks for the next chunk only when it is read. Aborting and cancelling leave; they stop nothing. */
function streamOf(
  answer: Pick<Turn, 'states'>,
  signal: AbortSignal | undefined,
  errorText: (code: string) => string,
): ReadableStream<AmandaChunk> {
  const left = new AbortController();
  const leave = () => left.abort();
  if (signal?.aborted === true) leave();
  else signal?.addEventListener('abort', leave, { once: true });
  const chunks = chunksOf(answer.states(left.signal), errorText);
  return new ReadableStream<AmandaChunk>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
}
