import * as contract from '@amanda/contract';
import { router, userChange, userProcedure, userSearch } from '../../trpc.ts';

/** The user's chats. */
export const chat = router({
  list: userProcedure
    .input(contract.listChatsInput)
    .output(contract.chatPage)
    .query(({ ctx, input }) =>
      ctx.core.chats.list(ctx.userId, { cursor: input.cursor ?? undefined, limit: input.limit }),
    ),

  create: userChange
    .input(contract.createChatInput)
    .output(contract.chat)
    .mutation(({ ctx, input }) => ctx.core.chats.create(ctx.userId, input)),

  get: userProcedure
    .input(contract.chatInput)
    .output(contract.chat)
    .query(({ ctx, input }) => ctx.core.chats.get(ctx.userId, input.chatId)),

  rename: userChange
    .input(contract.renameChatInput)
    .output(contract.chat)
    .mutation(({ ctx, input }) => ctx.core.chats.rename(ctx.userId, input.chatId, input.title)),

  /** Ends the answer that is being written. `restore` undoes the deletion for 30 s, but not that. */
  delete: userChange
    .input(contract.chatInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.chats.delete(ctx.userId, input.chatId);
      return {};
    }),

  restore: userChange
    .input(contract.chatInput)
    .output(contract.chat)
    .mutation(({ ctx, input }) => ctx.core.chats.restore(ctx.userId, input.chatId)),

  /** Everything up to the message has been seen. Never moves back. */
  markRead: userChange
    .input(contract.markReadInput)
    .output(contract.chat)
    .mutation(({ ctx, input }) => ctx.core.chats.markRead(ctx.userId, input.chatId, input.messageId)),

  /** Looks through titles and texts. */
  search: userSearch
    .input(contract.searchInput)
    .output(contract.searchPage)
    .query(({ ctx, input }) =>
      ctx.core.chats.search(ctx.userId, {
        query: input.query,
        cursor: input.cursor ?? undefined,
        limit: input.limit,
      }),
    ),
});
