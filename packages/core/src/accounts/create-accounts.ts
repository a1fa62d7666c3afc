import { randomBytes } from 'node:crypto';
import type { User } from '@amanda/contract';
import type { StoredAccount } from '@amanda/db';
import { AmandaError } from '../errors/amanda-error.ts';
import { linkTo } from '../mail/letters.ts';
import { createPasswordPolicy } from '../passwords/policy.ts';
import { publicSessionId } from '../sessions/sessions.ts';
import type { AccountsOwner } from './accounts.ts';
import { createBackground } from './background.ts';
import { checkEmail } from './email.ts';
import { createMailTokens } from './mail-tokens.ts';
import { checkName } from './name.ts';
import { type AccountsOptions, findByEmail, type Parts } from './parts.ts';
import { createRecovery } from './recovery.ts';
import { createSignIn } from './sign-in.ts';

/** An account of a few thousand rows is gone when its owner is told so; of a larger one the rest goes afterwards. */
const slicesBeforeTheAnswer = 50;

const restIsLeft = 'the rows of a deleted account are left; the sweep removes them';

/** Makes the accounts; close them to finish what they do in the background. */
export function createAccounts(options: AccountsOptions): AccountsOwner {
  const { db, clock, log, passwords, sessions, tokens, limits, audit, mailer } = options;
  const parts: Parts = {
    ...options,
    policy: createPasswordPolicy(),
    mailTokens: createMailTokens(options),
    background: createBackground(options),
  };

  let isClosing = false;

  const existing = async (userId: number): Promise<StoredAccount> => {
    const row = await db.accounts.find(userId);
    if (row === null) throw new AmandaError('NOT_FOUND');
    return row;
  };

  /** Whoever sits at an open session may still have to prove that it is theirs. */
  const assertPassword = async (row: StoredAccount, password: string, field: string): Promise<void> => {
    const attempts = String(row.user.id);
    await limits.take('password', { account: attempts });
    const { matches } = await passwords.verify(password, row.passwordHash);
    if (!matches) throw new AmandaError('INVALID_INPUT', { details: { field, reason: 'wrong' } });
    await limits.forgive('password', { account: attempts });
  };

  const changed = (user: User): User => {
    sessions.userChanged(user);
    tokens.userChanged(user);
    return user;
  };

  const setRole = async (userId: number, role: User['role']): Promise<User> => {
    await existing(userId);
    await db.accounts.setRole(userId, role);
    const user = changed((await existing(userId)).user);
    await sessions.endAll(userId, {}, 'revoked');
    await tokens.endLive(userId, 'revoked');
    audit.record({ actorId: null, action: 'account.roleChanged', subjectId: userId, details: { role } });
    return user;
  };

  return {
    ...createSignIn(parts),
    ...createRecovery(parts),

    async profile(userId) {
      return (await existing(userId)).user;
    },

    async updateProfile(userId, input) {
      const displayName = input.displayName?.trim() ? checkName(input.displayName, 'displayName') : null;
      await db.accounts.rename(userId, displayName);
      audit.record({ actorId: userId, action: 'account.profileChanged', subjectId: userId });
      return changed((await existing(userId)).user);
    },

    async changePassword(userId, { current, next, sessionId, keepTokens = false }) {
      await parts.policy.check(next, { field: 'next' });
      const row = await existing(userId);
      await assertPassword(row, current, 'current');
      const passwordHash = await passwords.hash(next);
      const at = new Date(clock.now());
      const change = { userId, from: row.passwordHash, to: passwordHash, except: sessionId, keepTokens, at };
      const ended = await db.transactions.changePassword(change, publicSessionId);
      // Somebody else changed it meanwhile, so `current` is not current any more.
      if (ended === undefined)
        throw new AmandaError('INVALID_INPUT', { details: { field: 'current', reason: 'wrong' } });
      await sessions.removed(ended.sessions, 'password_changed');
      await tokens.removed(ended.tokenHashes, 'password_changed');
      audit.record({ actorId: userId, action: 'password.changed', subjectId: userId });
      mailer.send(row.user.email, { kind: 'passwordChanged' });
    },

    async signOutElsewhere(userId, { sessionId, keepTokens }) {
      // Tokens first: whoever is told of a failure finds the sessions still in the list, and tries again.
      if (!keepTokens) await tokens.endAll(userId, 'revoked');
      await sessions.endAll(userId, { except: sessionId }, 'revoked');
    },

    async deleteAccount(userId, { password }) {
      const row = await existing(userId);
      if (password !== undefined) await assertPassword(row, password, 'password');
      // One transaction, before which nothing has changed and after which nobody can reach anything of the account.
      await db.transactions.buryUser(userId, new Date(clock.now()));
      try {
        await sessions.endAll(userId, {}, 'account_deleted');
        await tokens.endAll(userId, 'account_deleted');
        await options.endRuns(userId);
        let slices = 0;
        const isGone = await db.transactions.deleteUser(userId, () => ++slices <= slicesBeforeTheAnswer);
        if (!isGone)
          parts.background.later(async () => {
            await db.transactions.deleteUser(userId, () => !isClosing);
          }, restIsLeft);
      } catch (error) {
        // Deleted it is, whatever happens to its rows: to say no now would be a lie.
        log.warn({ err: error, userId }, restIsLeft);
      }
      audit.record({ actorId: userId, action: 'account.deleted', subjectId: userId });
    },

    async assertMayChat(userId) {
      if (options.requireVerifiedEmail !== true) return;
      if (!(await existing(userId)).user.emailVerified) throw new AmandaError('EMAIL_NOT_VERIFIED');
    },

    async createAdmin(email) {
      const normal = checkEmail(email);
      const known = await findByEmail(parts, normal);
      if (known !== null) return { user: await setRole(known.user.id, 'admin'), passwordUrl: null };
      const passwordHash = await passwords.hash(randomBytes(32).toString('base64url'));
      const createdAt = new Date(clock.now());
      const user = await db.accounts.create({ email: normal, passwordHash, role: 'admin', createdAt });
      // Somebody else took the address meanwhile.
      if (user === null)
        throw new AmandaError('EMAIL_TAKEN', { details: { field: 'email', reason: 'taken' } });
      audit.record({
        actorId: null,
        action: 'account.created',
        subjectId: user.id,
        details: { role: 'admin' },
      });
      const token = await parts.mailTokens.create('reset', { userId: user.id, email: normal });
      return { user, passwordUrl: linkTo(options.publicUrl, 'reset-password', token) };
    },

    setRole,

    async setDisabled(userId, disabled) {
      await existing(userId);
      await db.accounts.setDisabled(userId, disabled ? new Date(clock.now()) : null);
      if (disabled) {
        await sessions.endAll(userId, {}, 'account_disabled');
        await tokens.endLive(userId, 'account_disabled');
        await options.endRuns(userId);
      }
      audit.record({
        actorId: null,
        action: disabled ? 'account.disabled' : 'account.enabled',
        subjectId: userId,
      });
    },

    sweep: (limit) => parts.mailTokens.sweep(limit),
    close() {
      isClosing = true;
      return parts.background.close();
    },
  };
}
