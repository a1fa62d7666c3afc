import type { User } from '@amanda/contract';

/** The columns of a user without their secrets: what {@link toUser} takes. */
export const userColumns = {
  id: true,
  email: true,
  displayName: true,
  emailVerifiedAt: true,
  role: true,
  createdAt: true,
} as const;

/** The owner's view of a row. An unknown role is no admin. */
export function toUser(
  row: Omit<User, 'role' | 'emailVerified'> & { role: string; emailVerifiedAt: Date | null },
): User {
  return {
    id: row.id,
    email: row.email,
    displayName: row.displayName,
    emailVerified: row.emailVerifiedAt !== null,
    role: row.role === 'admin' ? 'admin' : 'user',
    createdAt: row.createdAt,
  };
}
