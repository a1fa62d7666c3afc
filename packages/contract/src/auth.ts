import { z } from 'zod';
import { displayName, email, id, mailedToken, password, storedTime, tokenName } from './scalars.ts';
import { user } from './user.ts';

export const signUpInput = z.strictObject({ email, password, displayName: displayName.optional() });
export const logInInput = z.strictObject({ email, password });

/** Who logged in. The session itself travels in the cookie. */
export const loggedIn = z.strictObject({ user });

export const checked = z.discriminatedUnion('authenticated', [
  z.strictObject({ authenticated: z.literal(true), user }),
  z.strictObject({ authenticated: z.literal(false) }),
]);

export const changePasswordInput = z.strictObject({
  current: password,
  next: password,
  /** Bearer tokens end with the old password unless this is true. */
  keepTokens: z.boolean().optional(),
});
export const mailedTokenInput = z.strictObject({ token: mailedToken });
export const emailInput = z.strictObject({ email });
export const resetPasswordInput = z.strictObject({ token: mailedToken, password });

/** A device that is logged in. */
export const session = z.strictObject({
  /** Names the session in `revoke`; worth nothing as a credential. */
  id: z.string(),
  userAgent: z.string(),
  address: z.string(),
  createdAt: z.date(),
  lastUsedAt: z.date(),
  expiresAt: z.date(),
  /** Whether this is the session that asks. */
  current: z.boolean(),
});
export const sessionPage = z.strictObject({ items: z.array(session).readonly() });
export const revokeSessionInput = z.strictObject({ sessionId: z.string().min(1).max(200) });

/** Bearer tokens end too unless `keepTokens` is true. */
export const revokeOthersInput = z.strictObject({ keepTokens: z.boolean().optional() }).optional();

/** A bearer token, without its secret. */
export const token = z.strictObject({
  id,
  name: z.string(),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
  expiresAt: z.date().nullable(),
});
/** `secret` is shown this once and stored only as a hash. */
export const createdToken = z.strictObject({ token, secret: z.string() });
export const tokenPage = z.strictObject({ items: z.array(token).readonly() });
export const createTokenInput = z.strictObject({
  name: tokenName,
  /** 90 days from now when it is left out; null for a token without an end. */
  expiresAt: storedTime.nullable().optional(),
});
export const revokeTokenInput = z.strictObject({ tokenId: id });

export type Session = Readonly<z.infer<typeof session>>;
export type Token = Readonly<z.infer<typeof token>>;
export type Checked = Readonly<z.infer<typeof checked>>;
