import type { AmandaClient } from '../client.ts';
import { newClientId } from '../environment/client-id.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import { toId } from './messages.ts';

/** What the ids of the AI SDK stand for: numbers for themselves, ids of a page's own for chats that are made for them. */
export interface ChatIds {
  /** Undefined for an id of the page's own to which nothing was sent. */
  of(id: string): number | undefined;
  /** @throws {AmandaError} NOT_FOUND where `of` answers undefined */
  known(id: string): number;
  /** Makes the chat when there is none yet; the same for the same id, however often. @throws {AmandaError} */
  make(id: string): Promise<number>;
}

/** Remembers, as long as the page lives, which chat was made for which id. */
export function createChatIds(
  client: AmandaClient,
  onCreated: (chat: { id: string; chatId: number }) => void,
): ChatIds {
  const made = new Map<string, number>();
  /** An attempt whose answer was lost is repeated under the same key, and gives the same chat. */
  const keys = new Map<string, string>();
  const underWay = new Map<string, Promise<number>>();

  const of = (id: string) => toId(id) ?? made.get(id);
  const create = async (id: string) => {
    const clientId = keys.get(id) ?? newClientId();
    keys.set(id, clientId);
    try {
      const { id: chatId } = await client.trpc.chat.create.mutate({ clientId });
      made.set(id, chatId);
      onCreated({ id, chatId });
      return chatId;
    } finally {
      underWay.delete(id);
    }
  };

  return {
    of,
    known(id) {
      const chatId = of(id);
      if (chatId === undefined) throw new AmandaError('NOT_FOUND', `There is no chat “${id}” yet.`);
      return chatId;
    },
    async make(id) {
      const chatId = of(id);
      if (chatId !== undefined) return chatId;
      const creating = underWay.get(id) ?? create(id);
      underWay.set(id, creating);
      return creating;
    },
  };
}
