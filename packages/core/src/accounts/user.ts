import type { User } from '@amanda/contract';

/** The columns that {@link toUser} needs; the password hash is not among them. */
export const userColumns = {
  id: true,
  email: true,
  displayName: true,
  emailVerifiedAt: true,
  role: true,
  createdAt: true,
} as const;

/** A user's row without its secrets. */
export interface UserRow {
  readonly id: number;
  readonly email: string;
  readonly displayName: string | null;
  readonly emailVerifiedAt: Date | null;
  readonly role: string;
  readonly createdAt: Date;
}

/** Makes the owner's view of a row. An unknown role is no admin. */
export function toUser(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    displayName: row.displayName,
    emailVerified: row.emailVerifiedAt !== null,
    role: row.role === 'admin' ? 'admin' : 'user',
    createdAt: row.createdAt,
  };
}
