import * as contract from '@amanda/contract';
import { publicProcedure } from '../../trpc.ts';

export const verification = {
  /** Uses the mailed link up. */
  verifyEmail: publicProcedure
    .input(contract.mailedTokenInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.accounts.verifyEmail(input.token);
      return {};
    }),

  /** Mails a link, if there is an account that needs one; the answer does not tell. */
  resendVerification: publicProcedure
    .input(contract.emailInput)
    .output(contract.done)
    .mutation(async ({ ctx, input }) => {
      await ctx.core.accounts.resendVerification({ ...input, agent: ctx.agent });
      return {};
    }),
};
