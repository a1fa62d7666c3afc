import type { User } from '@amanda/contract';
import type { Queries } from '../database.ts';
import { isUniqueViolation } from '../errors/violations.ts';
import { columnId } from '../ids.ts';
import { toUser, userColumns } from './user.ts';

/** An account with what a login must know. */
export interface StoredAccount {
  readonly user: User;
  readonly passwordHash: string;
  readonly isDisabled: boolean;
}

/** The accounts. Whoever asks for an id or an address that no account has changes nothing. */
export interface AccountRows {
  /** @returns null also for an account that is deleted and whose rows are still on their way out */
  find(userId: number): Promise<StoredAccount | null>;
  /** @param email in its normal form */
  findByEmail(email: string): Promise<StoredAccount | null>;
  /** @returns null when the address is taken */
  create(account: {
    readonly email: string;
    readonly passwordHash: string;
    readonly displayName?: string | null;
    readonly role?: User['role'];
    readonly createdAt: Date;
  }): Promise<User | null>;
  setRole(userId: number, role: User['role']): Promise<void>;
  rename(userId: number, displayName: string | null): Promise<void>;
  /** @param at since when; null enables the account */
  setDisabled(userId: number, at: Date | null): Promise<void>;
  /** Confirms an address, if it is still the account's and was not confirmed before. */
  confirmEmail(userId: number, email: string, at: Date): Promise<void>;
  /** Stores a hash of the same password. @returns false when the hash is not `from` any more */
  renewHash(userId: number, from: string, to: string): Promise<boolean>;
}

const columns = { ...userColumns, passwordHash: true, disabledAt: true } as const;

const toAccount = (
  row: Parameters<typeof toUser>[0] & { passwordHash: string; disabledAt: Date | null },
): StoredAccount => ({
  user: toUser(row),
  passwordHash: row.passwordHash,
  isDisabled: row.disabledAt !== null,
});

/** Makes the accounts over Prisma. */
export function accountRows({ user: users }: Queries): AccountRows {
  return {
    async find(userId) {
      const row = await users.findUnique({ where: { id: columnId(userId) }, select: columns });
      return row === null || row.role === 'deleted' ? null : toAccount(row);
    },
    async findByEmail(email) {
      const row = await users.findUnique({ where: { email }, select: columns });
      return row && toAccount(row);
    },
    async create(account) {
      try {
        return toUser(await users.create({ data: account, select: userColumns }));
      } catch (error) {
        if (isUniqueViolation(error, 'email')) return null;
        throw error;
      }
    },
    async setRole(id, role) {
      await users.updateMany({ where: { id }, data: { role } });
    },
    async rename(id, displayName) {
      await users.updateMany({ where: { id }, data: { displayName } });
    },
    async setDisabled(id, disabledAt) {
      await users.updateMany({ where: { id }, data: { disabledAt } });
    },
    async confirmEmail(id, email, emailVerifiedAt) {
      await users.updateMany({ where: { id, email, emailVerifiedAt: null }, data: { emailVerifiedAt } });
    },
    async renewHash(id, from, to) {
      const { count } = await users.updateMany({
        where: { id, passwordHash: from },
        data: { passwordHash: to },
      });
      return count === 1;
    },
  };
}
