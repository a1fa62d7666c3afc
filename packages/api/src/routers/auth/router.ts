import * as contract from '@amanda/contract';
import type { LiveSession, LoggedIn } from '@amanda/core';
import type { Context } from '../../context.ts';
import type { Core } from '../../core.ts';
import { cookieProcedure, publicProcedure, router } from '../../trpc.ts';
import { passwords } from './passwords.ts';
import { sessions } from './sessions.ts';
import { tokens } from './tokens.ts';
import { verification } from './verification.ts';

async function setCookies(ctx: Context, { session, device }: LoggedIn): Promise<void> {
  await ctx.cookies?.set(session.id, session.expiresAt);
  if (device !== ctx.agent.device) ctx.cookies?.remember(device);
}

/** The session that the browser's cookie names until now: nobody could reach it any more, so it ends. */
const formerOf = ({ session }: Context) => (session?.kind === 'session' ? session.id : undefined);

/** A token that went on to work would leave whoever lost the device logged in. */
async function endSession(core: Core, { kind, id, userId }: LiveSession): Promise<void> {
  if (kind === 'session') await core.sessions.end(id, 'logged_out');
  else await core.tokens.revoke(userId, Number(id.slice('token:'.length)));
}

/** Accounts as their owners come and go. Sessions travel in a cookie, so beginning or ending one needs HTTP. */
export const auth = router({
  /** Makes an account and logs in. */
  signUp: cookieProcedure
    .input(contract.signUpInput)
    .output(contract.loggedIn)
    .mutation(async ({ ctx, input }) => {
      const loggedIn = await ctx.core.accounts.signUp({
        ...input,
        agent: ctx.agent,
        legacyPolicy: ctx.surface === 'compat',
        replaces: formerOf(ctx),
      });
      await setCookies(ctx, loggedIn);
      return { user: loggedIn.user };
    }),

  logIn: cookieProcedure
    .input(contract.logInInput)
    .output(contract.loggedIn)
    .mutation(async ({ ctx, input }) => {
      const loggedIn = await ctx.core.accounts.logIn({
        ...input,
        agent: ctx.agent,
        replaces: formerOf(ctx),
      });
      await setCookies(ctx, loggedIn);
      return { user: loggedIn.user };
    }),

  /**
   * Ends what the call came with, on all its connections: the session of a cookie, or the bearer token, which is revoked.
   * Also fine for somebody who is not logged in.
   */
  logOut: cookieProcedure
    .input(contract.nothing)
    .output(contract.done)
    .mutation(async ({ ctx }) => {
      if (ctx.session !== null) await endSession(ctx.core, ctx.session);
      await ctx.cookies?.clear();
      return {};
    }),

  /** Who is asking. Never fails for a stranger. */
  check: publicProcedure
    .input(contract.nothing)
    .output(contract.checked)
    .query(async ({ ctx }) => {
      if (ctx.session === null || ctx.session.ended !== null) return { authenticated: false };
      return { authenticated: true, user: await ctx.core.accounts.profile(ctx.session.userId) };
    }),

  ...passwords,
  ...verification,
  sessions,
  tokens,
});
