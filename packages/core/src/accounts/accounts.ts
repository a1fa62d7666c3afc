import type { User } from '@amanda/contract';
import type { Agent } from '../sessions/live-session.ts';
import type { NewSession } from '../sessions/sessions.ts';

/** Somebody who just signed up or logged in. */
export interface LoggedIn {
  readonly user: User;
  readonly session: NewSession;
  /** The mark by which this device is known from now on. Whoever has a place for it gives it back as `agent.device`. */
  readonly device: string;
}

/** The accounts. Methods that hash may throw HASH_QUEUE_FULL; those that take an agent may throw RATE_LIMITED. */
export interface Accounts {
  /**
   * Makes an account, logs it in and mails a link to confirm the address.
   * @param input.replaces the session that the browser had before; it ends
   * @param input.legacyPolicy allows the most common passwords, as the legacy contract does
   * @throws INVALID_INPUT (`email`: `format`; `password`: `short`, `long`, `format`; `displayName`), EMAIL_TAKEN,
   *   PASSWORD_TOO_COMMON
   */
  signUp(input: {
    email: string;
    password: string;
    displayName?: string | null | undefined;
    legacyPolicy?: boolean | undefined;
    agent: Agent;
    replaces?: string | undefined;
  }): Promise<LoggedIn>;
  /**
   * Gives a new session. An unknown address costs the same work as a wrong password; a hash of other rounds is renewed.
   * @param input.replaces the session that the browser had before; it ends
   * @throws INVALID_CREDENTIALS; ACCOUNT_DISABLED, which only the right password learns
   */
  logIn(input: {
    email: string;
    password: string;
    agent: Agent;
    replaces?: string | undefined;
  }): Promise<LoggedIn>;
  /** What {@link Accounts.logIn} would refuse at once, for those who do not want to read its input before. @throws HASH_QUEUE_FULL */
  assertRoomToLogIn(): void;
  /** @throws NOT_FOUND */
  profile(userId: number): Promise<User>;
  /** @throws INVALID_INPUT (`displayName`: `long`, `format`), NOT_FOUND */
  updateProfile(userId: number, input: { displayName: string | null }): Promise<User>;
  /**
   * Sets a new password and ends all other sessions, and all bearer tokens.
   * @param input.sessionId the session that goes on
   * @param input.keepTokens leaves the bearer tokens good
   * @throws INVALID_INPUT (`current`: `wrong`; `next`: as at sign-up), PASSWORD_TOO_COMMON, RATE_LIMITED
   */
  changePassword(
    userId: number,
    input: { current: string; next: string; sessionId: string; keepTokens?: boolean | undefined },
  ): Promise<void>;
  /** Ends all sessions of a user but one, and all bearer tokens unless they are to be kept. */
  signOutElsewhere(userId: number, input: { sessionId: string; keepTokens: boolean }): Promise<void>;
  /**
   * Removes the account and everything of it; answers that are being written end first.
   * @param input.password checked when it is given; only the legacy surface leaves it out
   * @throws INVALID_INPUT (`password`: `wrong`), NOT_FOUND, RATE_LIMITED
   */
  deleteAccount(userId: number, input: { password?: string | undefined }): Promise<void>;
  /** Confirms an address with a mailed token. @throws INVALID_TOKEN */
  verifyEmail(token: string): Promise<void>;
  /** Mails a new link if there is an unconfirmed account; the answer and its time are the same if not. */
  resendVerification(input: { email: string; agent: Agent }): Promise<void>;
  /** Mails a link to choose a new password if there is an account; the answer and its time are the same if not. */
  forgotPassword(input: { email: string; agent: Agent }): Promise<void>;
  /** Looks whether `resetPassword` would take this token. @throws INVALID_TOKEN */
  checkResetToken(token: string): Promise<void>;
  /**
   * Sets a new password with a mailed token and ends all sessions and bearer tokens.
   * @throws INVALID_TOKEN; INVALID_INPUT and PASSWORD_TOO_COMMON, after which the token is still good
   */
  resetPassword(input: { token: string; password: string }): Promise<void>;
}

/** What only the operator and `core` itself may do with accounts. */
export interface AccountsOwner extends Accounts {
  /** @throws EMAIL_NOT_VERIFIED where the configuration asks for a confirmed address */
  assertMayChat(userId: number): Promise<void>;
  /**
   * Makes an admin of an account, or a new account.
   * @returns for a new account, a link with which its owner chooses a password (good for an hour), else null
   */
  createAdmin(email: string): Promise<{ user: User; passwordUrl: string | null }>;
  /** Changes a role and ends all sessions, so that no old one keeps its rights. @throws NOT_FOUND */
  setRole(userId: number, role: User['role']): Promise<User>;
  /** Disables an account (its sessions and runs end, its tokens rest) or enables it. @throws NOT_FOUND */
  setDisabled(userId: number, disabled: boolean): Promise<void>;
  /** Removes mailed tokens that have expired. @returns how many */
  sweep(limit: number): Promise<number>;
  /** Finishes what was promised in the background. Close before the mailer, the sessions and the database. */
  close(): Promise<void>;
}
