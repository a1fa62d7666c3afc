import * as contract from '@amanda/contract';
import { accountProcedure, router } from '../../trpc.ts';

/** The devices on which a user is logged in. */
export const sessions = router({
  list: accountProcedure
    .input(contract.nothing)
    .output(contract.sessionPage)
    .query(async ({ ctx }) => ({
      items: await ctx.core.sessions.list(ctx.userId, { current: ctx.session.id }),
    })),

  revoke: accountProcedure
    .input(contract.revokeSessionInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.sessions.revoke(ctx.userId, input.sessionId);
      return {};
    }),

  /** Signs out everywhere but here: the other sessions and, unless they are to be kept, the bearer tokens. */
  revokeOthers: accountProcedure
    .input(contract.revokeOthersInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      const keepTokens = input?.keepTokens ?? false;
      await ctx.core.accounts.signOutElsewhere(ctx.userId, { sessionId: ctx.session.id, keepTokens });
      return {};
    }),
});
