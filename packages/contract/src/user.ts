import { z } from 'zod';
import { displayName, id, password } from './scalars.ts';

/** An account as its owner sees it. */
export const user = z.strictObject({
  id,
  email: z.string(),
  displayName: z.string().nullable(),
  emailVerified: z.boolean(),
  role: z.enum(['user', 'admin']),
  createdAt: z.date(),
});

export const updateProfileInput = z.strictObject({ displayName });

/** The password may be left out by the legacy surface only, whose contract has none. */
export const deleteAccountInput = z.strictObject({ password: password.optional() });

export type User = Readonly<z.infer<typeof user>>;
