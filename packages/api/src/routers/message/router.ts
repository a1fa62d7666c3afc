import * as contract from '@amanda/contract';
import { router, userProcedure } from '../../trpc.ts';
import { stream } from './stream.ts';

/** What was said in a chat, and the writing of answers. */
export const message = router({
  list: userProcedure
    .input(contract.listMessagesInput)
    .output(contract.messagePage)
    .query(({ ctx, input }) =>
      ctx.core.messages.list(ctx.userId, input.chatId, {
        cursor: input.cursor ?? undefined,
        limit: input.limit,
        direction: input.toward === 'older' ? 'backward' : 'forward',
      }),
    ),

  /** The versions of a message that was regenerated or edited. */
  versions: userProcedure
    .input(contract.listVersionsInput)
    .output(contract.versionPage)
    .query(({ ctx, input }) =>
      ctx.core.messages.versions(ctx.userId, input.messageId, {
        cursor: input.cursor ?? undefined,
        limit: input.limit,
      }),
    ),

  /** Stores a question and begins its answer, which goes on whether or not anybody is connected. */
  send: userProcedure
    .input(contract.sendInput)
    .output(contract.started)
    .mutation(({ ctx, input }) => ctx.core.runs.send(ctx.userId, input)),

  /** Ends the writing. Answers with the message as it is stored; may be called twice. */
  stop: userProcedure
    .input(contract.messageInput)
    .output(contract.message)
    .mutation(({ ctx, input }) => ctx.core.runs.stop(ctx.userId, input)),

  /** Answers the last question anew; the old answer becomes a version. */
  regenerate: userProcedure
    .input(contract.againInput)
    .output(contract.started)
    .mutation(({ ctx, input }) => ctx.core.runs.regenerate(ctx.userId, input)),

  /** Puts another question in the place of this one; it and all after it become versions. */
  edit: userProcedure
    .input(contract.editInput)
    .output(contract.started)
    .mutation(({ ctx, input }) => ctx.core.runs.edit(ctx.userId, input)),

  /** Goes on with the last answer where it was cut off. */
  continue: userProcedure
    .input(contract.againInput)
    .output(contract.started)
    .mutation(({ ctx, input }) => ctx.core.runs.continue(ctx.userId, input)),

  stream,
});
