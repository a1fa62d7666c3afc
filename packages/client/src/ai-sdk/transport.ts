import type { ChatTransport } from 'ai';
import type { ChatHandle } from '../chat/chat.ts';
import type { Turn } from '../chat/turn.ts';
import type { AmandaClient } from '../client.ts';
import { newClientId } from '../environment/client-id.ts';
import { AmandaError, aborted } from '../errors/amanda-error.ts';
import { createChatIds } from './chat-ids.ts';
import { type AmandaChunk, chunksOf } from './chunks.ts';
import { type AmandaUIMessage, refuseFiles, textOf, toId } from './messages.ts';

/** A transport for `useChat`, whose `id` is the chat's id as text, or an id of the page's own for a chat that is yet to be. */
export interface AmandaChatTransport extends ChatTransport<AmandaUIMessage> {
  /** Ends the writing in a chat on the server, as the `stop()` of `useChat` does, whoever began it; the text stays. */
  stop(chatId: string): Promise<void>;
  /** The chat on the server that an id of `useChat` stands for; undefined for one that nothing was sent to. */
  chatIdOf(id: string): number | undefined;
}

/** What may be changed. */
export interface ChatTransportOptions {
  /** What a user reads when the writing of an answer failed, by a code of `docs/errors.md`. */
  readonly errorText?: (code: string) => string;
  /** Hears of a chat that was made for an id of the page's own: the moment to put its number into the address. */
  readonly onChatCreated?: (chat: { id: string; chatId: number }) => void;
}

/** Longer than a page takes to load. */
const justEndedMs = 60_000;

type SendOptions = Parameters<AmandaChatTransport['sendMessages']>[0];

/**
 * Makes a transport that lets UIs made for the AI SDK run on Amanda. Make it once, not at each render: it remembers what
 * was sent. It holds nothing that has to be closed.
 *
 * `stop()` ends the writing on the server. `useChat` calls it when its component goes, too: pages whose answers shall
 * outlive that take `useChatTransport`.
 */
export function createChatTransport(
  client: AmandaClient,
  options: ChatTransportOptions = {},
): AmandaChatTransport {
  return transportFor(client, options, () => false);
}

/** The same. @param isLeft whether the page with a chat goes, so that what looks like a stop is none */
export function transportFor(
  client: AmandaClient,
  options: ChatTransportOptions,
  isLeft: (id: string) => boolean,
): AmandaChatTransport {
  const { errorText = (code) => `The answer could not be finished (${code}).`, onChatCreated } = options;
  const chats = createChatIds(client, (chat) => onChatCreated?.(chat));
  /** The key under which a message of the SDK is sent, so that sending it again does not double it. */
  const keys = new Map<string, string>();
  /** Messages of the SDK that were sent, by Amanda's ids. */
  const questions = new Map<string, number>();
  /** Stops on their way, by chat: what is sent next waits for them. */
  const stopping = new Map<number, Promise<unknown>>();

  const idOf = (messageId: string | undefined) => questions.get(messageId ?? '') ?? toId(messageId);

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

  const ask = (chat: ChatHandle, question: AmandaUIMessage | undefined, edited: number | undefined): Turn => {
    const text = textOf(question);
    const key = keyOf(question);
    const clientId = keys.get(key) ?? newClientId();
    keys.set(key, clientId);
    const turn = edited === undefined ? chat.send(text, { clientId }) : chat.edit(edited, text, { clientId });
    if (question !== undefined) {
      const sent = ({ questionId }: { questionId: number }) => {
        keys.delete(key);
        questions.set(question.id, questionId);
      };
      turn.started.then(sent, () => {});
    }
    return turn;
  };

  const again = async (chat: ChatHandle, { messageId, messages }: SendOptions): Promise<Turn> => {
    const asked = messages.at(-1);
    const askedId = idOf(asked?.id);
    // The question itself may never have arrived: then this is a second attempt to send it.
    if (askedId === undefined && keys.has(keyOf(asked))) return ask(chat, asked, undefined);

    const { answer, question } = await newestTurn(chat.chatId);
    const named = idOf(messageId);
    if (named !== undefined && named !== question?.id) return chat.regenerate(named);
    const isNewest =
      askedId === undefined ? question?.text === textOf(asked).trim() : question?.id === askedId;
    if (answer === undefined || !isNewest) {
      const text = 'This chat has gone on elsewhere. Please reload it.';
      throw new AmandaError('NOT_POSSIBLE_NOW', text);
    }
    return chat.regenerate(answer.id);
  };

  const stopIn = (chat: ChatHandle, messageId: number): Promise<unknown> => {
    const stopped = chat.stop(messageId).finally(() => {
      if (stopping.get(chat.chatId) === stopped) stopping.delete(chat.chatId);
    });
    stopping.set(chat.chatId, stopped);
    return stopped;
  };

  /** Lets an abort of the SDK, which is its `stop()`, end the writing, unless the page goes. */
  const obey = (
    signal: AbortSignal | undefined,
    id: string,
    chat: ChatHandle,
    started: Promise<{ messageId: number }>,
  ) => {
    const stop = () => {
      if (isLeft(id)) return;
      // What cannot be stopped has ended, or is told to whoever sends next.
      started.then(({ messageId }) => stopIn(chat, messageId)).catch(() => {});
    };
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  };

  return {
    // An answer is always told from its beginning, so a page may forget what it had.
    resumeStreamIsReplay: true,
    async sendMessages(given) {
      const { abortSignal, chatId: id, messageId, messages, trigger } = given;
      const question = messages.at(-1);
      refuseFiles(question);
      const chat = client.chat(trigger === 'submit-message' ? await chats.make(id) : chats.known(id));
      await stopping.get(chat.chatId)?.catch(() => {});
      if (abortSignal?.aborted === true) throw aborted();
      const turn =
        trigger === 'submit-message' ? ask(chat, question, idOf(messageId)) : await again(chat, given);
      obey(abortSignal, id, chat, turn.started);
      await orAborted(turn.started, abortSignal);
      return streamOf(turn, abortSignal, errorText);
    },
    async reconnectToStream({ abortSignal, chatId: id }) {
      const chatId = chats.of(id);
      if (chatId === undefined) return null;
      const chat = client.chat(chatId);
      const { answer } = await newestTurn(chatId);
      if (answer === undefined) return null;
      // One that has just ended is told, too: the page may have loaded its messages before that.
      const endedAt = answer.createdAt.getTime() + (answer.usage?.durationMs ?? 0);
      if (answer.status !== 'streaming' && endedAt < Date.now() - justEndedMs) return null;
      // What was left while it was asked for is not followed, and not stopped: nobody has seen it.
      if (abortSignal?.aborted === true) return null;
      obey(abortSignal, id, chat, Promise.resolve({ messageId: answer.id }));
      return streamOf(chat.follow(answer.id), abortSignal, errorText);
    },
    async stop(id) {
      const chat = client.chat(chats.known(id));
      const { activeMessageId } = await client.trpc.chat.get.query({ chatId: chat.chatId });
      if (activeMessageId !== null) await stopIn(chat, activeMessageId);
    },
    chatIdOf: (id) => chats.of(id),
  };
}

const keyOf = (question: AmandaUIMessage | undefined): string =>
  JSON.stringify([question?.id, textOf(question)]);

/** The value, or an error as soon as the signal aborts. */
async function orAborted<Value>(value: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return value;
  const settled = new AbortController();
  const left = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(aborted());
    signal.addEventListener('abort', () => reject(aborted()), { signal: settled.signal });
  });
  try {
    return await Promise.race([value, left]);
  } finally {
    settled.abort();
  }
}

/** A stream that asks for the next chunk only when it is read. Whoever cancels it leaves; that stops nothing. */
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
