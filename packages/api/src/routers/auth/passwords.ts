import * as contract from '@amanda/contract';
import { accountProcedure, publicProcedure } from '../../trpc.ts';

export const passwords = {
  /** Ends all other sessions of the account, and its bearer tokens unless they are to be kept. */
  changePassword: accountProcedure
    .input(contract.changePasswordInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.accounts.changePassword(ctx.userId, { ...input, sessionId: ctx.session.id });
      return {};
    }),

  /** Mails a link, if there is such an account; the answer does not tell. */
  forgotPassword: publicProcedure
    .input(contract.emailInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.accounts.forgotPassword({ ...input, agent: ctx.agent });
      return {};
    }),

  /** Whether the mailed link still works. It is not used up. */
  verifyResetToken: publicProcedure
    .input(contract.mailedTokenInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.accounts.checkResetToken(input.token);
      return {};
    }),

  /** Uses the mailed link up and ends all sessions of the account. */
  resetPassword: publicProcedure
    .input(contract.resetPasswordInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.accounts.resetPassword(input);
      return {};
    }),
};
