import type { StoredAccount } from '@amanda/db';
import { AmandaError } from '../errors/amanda-error.ts';
import type { Accounts } from './accounts.ts';
import { checkEmail, normaliseEmail } from './email.ts';
import { checkName } from './name.ts';
import { findByEmail, mailVerification, type Parts } from './parts.ts';
import { countStranger, isOpenAt, ownKeys } from './stranger.ts';

/** Times that a login begins again because the stored hash changed meanwhile. */
const mostTries = 3;

/** Signing up and logging in. */
export function createSignIn(parts: Parts): Pick<Accounts, 'signUp' | 'logIn' | 'assertRoomToLogIn'> {
  const { db, clock, passwords, policy, sessions, limits, audit, background, devices } = parts;
  const signingUp = new Map<string, Promise<unknown>>();

  /** Hashes the password anew when its hash has other rounds than new ones. @returns the hash that is stored now, as far as known */
  const renew = async (
    { user, passwordHash }: StoredAccount,
    password: string,
    outdated: boolean,
  ): Promise<string> => {
    if (!outdated) return passwordHash;
    try {
      const renewed = await passwords.hash(password);
      return (await db.accounts.renewHash(user.id, passwordHash, renewed)) ? renewed : passwordHash;
    } catch (error) {
      // It can be renewed at the next login just as well.
      if (error instanceof AmandaError && error.code === 'HASH_QUEUE_FULL') return passwordHash;
      throw error;
    }
  };

  const create = async (input: Parameters<Accounts['signUp']>[0], email: string) => {
    using place = new DisposableStack();
    place.use(passwords.reserve());
    const taken = () => new AmandaError('EMAIL_TAKEN', { details: { field: 'email', reason: 'taken' } });
    if ((await db.accounts.findByEmail(email)) !== null) throw taken();
    const displayName = input.displayName?.trim() ? checkName(input.displayName, 'displayName') : null;
    const passwordHash = await passwords.hash(input.password);
    const createdAt = new Date(clock.now());
    const user = await db.accounts.create({ email, passwordHash, displayName, createdAt });
    if (user === null) throw taken();
    return { user, passwordHash };
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
      const session = await sessions.create(user.id, agent, { passwordHash, replaces: input.replaces });
      if (session === null) throw new AmandaError('INVALID_CREDENTIALS');
      return { user, session, device: devices.markFor(agent.device, email) };
    },

    assertRoomToLogIn() {
      passwords.reserve()[Symbol.dispose]();
    },

    async logIn({ email, password, agent, replaces }) {
      const account = normaliseEmail(email);
      const { address } = agent;
      // Before anything that costs: a storm of logins is turned away at once.
      using place = new DisposableStack();
      place.use(passwords.reserve());
      const knows = () => isOpenAt(parts, account, address);
      await countStranger(parts, 'signIn', { account, agent, knows });
      for (let tries = 0; tries < mostTries; tries += 1) {
        const row = await findByEmail(parts, email);
        const { matches, outdated } = await passwords.verify(password, row?.passwordHash ?? null);
        if (row === null || !matches) {
          audit.record({
            actorId: null,
            action: 'session.logInFailed',
            subjectId: row?.user.id ?? null,
            address,
          });
          throw new AmandaError('INVALID_CREDENTIALS');
        }
        if (row.isDisabled) throw new AmandaError('ACCOUNT_DISABLED');
        const hash = await renew(row, password, outdated);
        const session = await sessions.create(row.user.id, agent, { passwordHash: hash, replaces });
        if (session === null) continue; // the password was changed, or the account disabled, meanwhile
        await limits.forgive('signIn', ownKeys(parts, account, agent));
        audit.record({ actorId: row.user.id, action: 'session.loggedIn', subjectId: row.user.id, address });
        return { user: row.user, session, device: devices.markFor(agent.device, account) };
      }
      throw new AmandaError('INVALID_CREDENTIALS');
    },
  };
}
