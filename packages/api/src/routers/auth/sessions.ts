import * as contract from '../../contract/index.ts';
import { router, userProcedure } from '../../trpc.ts';

/** The devices on which a user is logged in. */
export const sessions = router({
  list: userProcedure
    .input(contract.nothing)
    .output(contract.sessionPage)
    .query(async ({ ctx }) => ({
      items: await ctx.core.sessions.list(ctx.userId, { current: ctx.session.id }),
    })),

  revoke: userProcedure
    .input(contract.revokeSessionInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.sessions.revoke(ctx.userId, input.sessionId);
      return {};
    }),

  revokeOthers: userProcedure
    .input(contract.nothing)
    .output(contract.done)
    .mutation(async ({ ctx }) => {
      await ctx.core.sessions.endAll(ctx.userId, { except: ctx.session.id }, 'revoked');
      return {};
    }),
});
