import { AmandaError } from '../errors/amanda-error.ts';
import { sha256Hex } from '../keys/keys.ts';
import { publicSessionId } from '../sessions/sessions.ts';
import type { Accounts } from './accounts.ts';
import { normaliseEmail } from './email.ts';
import { findByEmail, mailVerification, type Parts } from './parts.ts';
import { countStranger } from './stranger.ts';

/** What works with mailed links: confirming an address and choosing a new password. */
export function createRecovery(
  parts: Parts,
): Pick<
  Accounts,
  'verifyEmail' | 'resendVerification' | 'forgotPassword' | 'checkResetToken' | 'resetPassword'
> {
  const { db, clock, passwords, policy, sessions, tokens, limits, audit, mailTokens, mailer, background } =
    parts;

  const confirmAddress = async (userId: number, email: string): Promise<void> => {
    await db.accounts.confirmEmail(userId, email, new Date(clock.now()));
    await showChange(userId);
  };

  const showChange = async (userId: number): Promise<void> => {
    const account = await db.accounts.find(userId);
    if (account === null) return;
    sessions.userChanged(account.user);
    tokens.userChanged(account.user);
  };

  return {
    async verifyEmail(token) {
      const owner = await mailTokens.use('verify', token);
      if (owner === null) throw new AmandaError('INVALID_TOKEN');
      await confirmAddress(owner.userId, owner.email);
      audit.record({ actorId: owner.userId, action: 'email.verified', subjectId: owner.userId });
    },

    async resendVerification({ email, agent }) {
      await countStranger(parts, 'mail', { account: normaliseEmail(email), agent });
      background.later(async () => {
        const row = await findByEmail(parts, email);
        if (row === null || row.isDisabled || row.user.emailVerified) return;
        await mailVerification(parts, row.user);
      }, 'a mail to confirm an address could not be made');
    },

    async forgotPassword({ email, agent }) {
      await countStranger(parts, 'recovery', { account: normaliseEmail(email), agent });
      background.later(async () => {
        const row = await findByEmail(parts, email);
        if (row === null || row.isDisabled) return;
        const { user } = row;
        const token = await mailTokens.create('reset', { userId: user.id, email: user.email });
        mailer.send(user.email, { kind: 'reset', token });
        audit.record({
          actorId: null,
          action: 'password.resetRequested',
          subjectId: user.id,
          address: agent.address,
        });
      }, 'a mail to reset a password could not be made');
    },

    async checkResetToken(token) {
      if ((await mailTokens.read('reset', token)) === null) throw new AmandaError('INVALID_TOKEN');
    },

    async resetPassword({ token, password }) {
      // Without a good token there is no costly work to be had.
      if ((await mailTokens.read('reset', token)) === null) throw new AmandaError('INVALID_TOKEN');
      await policy.check(password);
      const passwordHash = await passwords.hash(password);
      const at = new Date(clock.now());
      const reset = await db.transactions.resetPassword(
        { tokenHash: sha256Hex(token), passwordHash, at },
        publicSessionId,
      );
      if (reset === undefined) throw new AmandaError('INVALID_TOKEN');
      const { userId, email } = reset;
      await sessions.removed(reset.sessions, 'password_changed');
      await tokens.removed(reset.tokenHashes, 'password_changed');
      await showChange(userId);
      await limits.forgive('signIn', { account: email });
      audit.record({ actorId: userId, action: 'password.reset', subjectId: userId });
      mailer.send(email, { kind: 'passwordChanged' });
    },
  };
}
