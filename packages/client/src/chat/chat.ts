import type { AppRouter } from '@amanda/api';
import type { Message, Started } from '@amanda/contract';
import type { TRPCClient } from '@trpc/client';
import type { Answer, KnownAnswer } from '../answers/answer.ts';
import type { Answers } from '../answers/answers.ts';
import { newClientId } from '../environment/client-id.ts';
import type { Repeat } from '../wire/repeat.ts';
import { createTurn, type Turn } from './turn.ts';

/** How a turn is begun. */
export interface TurnOptions {
  /** A UUID; keep it to send the same again after a reload. A random one when absent. */
  readonly clientId?: string;
  /** Gives the sending up. Whether the server has stored the turn is then not known; the same `clientId` tells. */
  readonly signal?: AbortSignal;
}

/**
 * The turns of one chat. Each call is repeated until the server has answered it, over as many lost links as it takes,
 * and is carried out once.
 */
export interface ChatHandle {
  readonly chatId: number;
  /** Stores a question and follows its answer. */
  send(text: string, options?: TurnOptions): Turn;
  /** Answers the last question anew. */
  regenerate(messageId: number, options?: TurnOptions): Turn;
  /** Puts another question in the place of this one. */
  edit(messageId: number, text: string, options?: TurnOptions): Turn;
  /** Goes on with an answer that was cut off. */
  continue(messageId: number, options?: TurnOptions): Turn;
  /** Follows an answer that somebody else began, or that began before a reload. */
  follow(messageId: number, known?: KnownAnswer): Answer;
  /** Ends the writing of an answer. May be called twice. */
  stop(messageId: number): Promise<Message>;
}

/** Makes the handle of a chat; it holds nothing. */
export function createChatHandle(
  chatId: number,
  parts: { trpc: TRPCClient<AppRouter>; answers: Answers; repeat: Repeat },
): ChatHandle {
  const { answers, repeat, trpc } = parts;
  const { message } = trpc;
  const stop = (messageId: number) => repeat(() => message.stop.mutate({ messageId }));
  const follow = (messageId: number, known?: KnownAnswer) => answers.of(messageId, known);

  const turn = (
    { clientId = newClientId(), signal }: TurnOptions,
    call: (clientId: string) => Promise<Started>,
  ) =>
    createTurn({
      clientId,
      started: repeat(() => call(clientId), signal),
      known: ({ eventId, messageId }) => {
        // `continue` goes on behind the text that is there; only a place at the beginning says that there is none.
        const there = answers.of(messageId).getSnapshot();
        const offset = Number(eventId.split(':')[1]);
        return offset <= there.text.length
          ? { text: there.text.slice(0, offset), eventId, status: 'streaming' }
          : { text: '', eventId: null, status: 'streaming' };
      },
      answer: follow,
      stop,
    });

  return {
    chatId,
    send: (text, options = {}) =>
      turn(options, (clientId) => message.send.mutate({ chatId, text, clientId })),
    regenerate: (messageId, options = {}) =>
      turn(options, (clientId) => message.regenerate.mutate({ messageId, clientId })),
    edit: (messageId, text, options = {}) =>
      turn(options, (clientId) => message.edit.mutate({ messageId, text, clientId })),
    continue: (messageId, options = {}) =>
      turn(options, (clientId) => message.continue.mutate({ messageId, clientId })),
    follow,
    stop,
  };
}
