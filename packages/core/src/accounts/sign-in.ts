import { isForeignKeyViolation, isUniqueViolation } from '@amanda/db';
import { AmandaError } from '../errors/amanda-error.ts';
import type { Agent } from '../sessions/live-session.ts';
import type { NewSession } from '../sessions/sessions.ts';
import type { Accounts } from './accounts.ts';
import { checkEmail, normaliseEmail } from './email.ts';
import { checkName } from './name.ts';
import { type Credentials, findByEmail, mailVerification, type Parts } from './parts.ts';
import { toUser, userColumns } from './user.ts';

/** Times that a login begins again because the stored hash changed meanwhile. */
const mostTries = 3;

/** Signing up and logging in. */
export function createSignIn(parts: Parts): Pick<Accounts, 'signUp' | 'logIn'> {
  const { db, clock, passwords, policy, sessions, limits, audit, background } = parts;
  const signingUp = new Map<string, Promise<unknown>>();

  /**
   * Makes a session for somebody who proved to know the password behind `hash`. The row is looked at again after the
   * session is stored: a change of password first writes the hash and then removes sessions, so whichever comes first,
   * no session outlives the password it was opened with.
   */
  const startSession = async (userId: number, hash: string, agent: Agent): Promise<NewSession | null> => {
    const session = await sessions.create(userId, agent).catch((error: unknown) => {
      if (isForeignKeyViolation(error)) return null; // deleted meanwhile
      throw error;
    });
    if (session === null) return null;
    const row = await db.prisma.user.findUnique({
      where: { id: userId },
      select: { passwordHash: true, disabledAt: true },
    });
    if (row?.passwordHash === hash && row.disabledAt === null) return session;
    await sessions.end(session.id, 'password_changed');
    return null;
  };

  /** Hashes the password anew when its hash has too few rounds. @returns the hash that is stored now, as far as known */
  const raise = async (
    { id, passwordHash }: Credentials,
    password: string,
    weak: boolean,
  ): Promise<string> => {
    if (!weak) return passwordHash;
    try {
      const stronger = await passwords.hash(password);
      const { count } = await db.prisma.user.updateMany({
        where: { id, passwordHash },
        data: { passwordHash: stronger },
      });
      return count === 1 ? stronger : passwordHash;
    } catch (error) {
      // It can be raised at the next login just as well.
      if (error instanceof AmandaError && error.code === 'HASH_QUEUE_FULL') return passwordHash;
      throw error;
    }
  };

  const create = async (input: Parameters<Accounts['signUp']>[0], email: string) => {
    const taken = await db.prisma.user.findUnique({ where: { email }, select: { id: true } });
    if (taken !== null)
      throw new AmandaError('EMAIL_TAKEN', { details: { field: 'email', reason: 'taken' } });
    const displayName = input.displayName?.trim() ? checkName(input.displayName, 'displayName') : null;
    const passwordHash = await passwords.hash(input.password);
    try {
      const row = await db.prisma.user.create({
        data: { email, passwordHash, displayName, createdAt: new Date(clock.now()) },
        select: userColumns,
      });
      return { user: toUser(row), passwordHash };
    } catch (error) {
      if (!isUniqueViolation(error, 'email')) throw error;
      throw new AmandaError('EMAIL_TAKEN', { cause: error, details: { field: 'email', reason: 'taken' } });
    }
  };

  return {
    async signUp(input) {
      const { agent } = input;
      await limits.take('signUp', { address: agent.address });
      const email = checkEmail(input.email);
      await policy.check(input.password, { allowCommon: input.legacyPolicy ?? false });
      // One at a time for one address: the others shall learn that it is taken, not that the hash queue is full.
      for (let other = signingUp.get(email); other !== undefined; other = signingUp.get(email)) {
        await other.catch(() => {});
      }
      const created = create(input, email).finally(() => signingUp.delete(email));
      signingUp.set(email, created);
      const { user, passwordHash } = await created;
      audit.record({
        actorId: user.id,
        action: 'account.created',
        subjectId: user.id,
        address: agent.address,
      });
      background.later(() => mailVerification(parts, user), 'the mail to a new account could not be made');
      const session = await startSession(user.id, passwordHash, agent);
      if (session === null) throw new AmandaError('INVALID_CREDENTIALS');
      return { user, session };
    },

    async logIn({ email, password, agent }) {
      const account = normaliseEmail(email);
      const { address } = agent;
      await limits.take('signIn', { account, address });
      for (let tries = 0; tries < mostTries; tries += 1) {
        const row = await findByEmail(parts, email);
        const { matches, weak } = await passwords.verify(password, row?.passwordHash ?? null);
        if (row === null || !matches) {
          audit.record({ actorId: null, action: 'session.logInFailed', subjectId: row?.id ?? null, address });
          throw new AmandaError('INVALID_CREDENTIALS');
        }
        if (row.disabledAt !== null) throw new AmandaError('ACCOUNT_DISABLED');
        const hash = await raise(row, password, weak);
        const session = await startSession(row.id, hash, agent);
        if (session === null) continue;
        await limits.forgive('signIn', account);
        audit.record({ actorId: row.id, action: 'session.loggedIn', subjectId: row.id, address });
        return { user: toUser(row), session };
      }
      throw new AmandaError('INVALID_CREDENTIALS');
    },
  };
}
