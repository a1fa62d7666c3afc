import type { Chats } from '../../core/src/chats/chats.ts';
import type { ErrorDetails } from '../../core/src/errors/amanda-error.ts';
import { AmandaError } from '../../core/src/errors/amanda-error.ts';
import { type ErrorCode, errorTable, isErrorCode } from '../../core/src/errors/table.ts';
import type { Feed } from '../../core/src/feed/feed.ts';
import type { Messages } from '../../core/src/messages/messages.ts';
import type { Gate, Runs } from '../../core/src/runs/runs.ts';

export { AmandaError, errorTable, isErrorCode };
export type { ErrorCode, ErrorDetails, Gate };

export interface User {
  readonly id: number;
  readonly email: string;
  readonly displayName: string | null;
  readonly emailVerified: boolean;
  readonly role: 'user' | 'admin';
  readonly createdAt: Date;
}

export interface Agent {
  readonly address: string;
  readonly userAgent: string;
}

export interface NewSession {
  readonly id: string;
  readonly expiresAt: Date;
}

export type EndReason =
  | 'logged_out'
  | 'revoked'
  | 'password_changed'
  | 'expired'
  | 'account_deleted'
  | 'account_disabled';

export interface LiveSession {
  readonly id: string;
  readonly userId: number;
  readonly user: User;
  readonly ended: EndReason | null;
  onEnd(listener: (reason: EndReason) => void): () => void;
  release(): void;
}

export interface Accounts {
  signUp(input: {
    email: string;
    password: string;
    displayName?: string | null | undefined;
    legacyPolicy?: boolean | undefined;
    agent: Agent;
  }): Promise<{ user: User; session: NewSession }>;
  logIn(input: {
    email: string;
    password: string;
    agent: Agent;
  }): Promise<{ user: User; session: NewSession }>;
  profile(userId: number): Promise<User>;
  updateProfile(userId: number, input: { displayName: string | null }): Promise<User>;
  changePassword(userId: number, input: { current: string; next: string; sessionId: string }): Promise<void>;
  deleteAccount(userId: number, input: { password?: string | undefined }): Promise<void>;
  verifyEmail(token: string): Promise<void>;
  resendVerification(input: { email: string }): Promise<void>;
  forgotPassword(input: { email: string }): Promise<void>;
  checkResetToken(token: string): Promise<void>;
  resetPassword(input: { token: string; password: string }): Promise<void>;
}

export interface SessionView {
  readonly id: string;
  readonly userAgent: string;
  readonly address: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  readonly current: boolean;
}

export interface Sessions {
  end(sessionId: string, reason: EndReason): Promise<void>;
  endAll(userId: number, options: { except?: string | undefined }, reason: EndReason): Promise<void>;
  list(userId: number, options: { current: string }): Promise<readonly SessionView[]>;
  revoke(userId: number, publicId: string): Promise<void>;
}

export interface TokenView {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
}

export interface Tokens {
  create(
    userId: number,
    input: { name: string; expiresAt?: Date | undefined },
  ): Promise<{ token: TokenView; secret: string }>;
  list(userId: number): Promise<readonly TokenView[]>;
  revoke(userId: number, tokenId: number): Promise<void>;
}

export interface System {
  health(): Promise<{ status: 'healthy' | 'unhealthy' }>;
  info(): { service: string; version: string };
}

export interface Core {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly chats: Chats;
  readonly messages: Messages;
  readonly runs: Runs;
  readonly feed: Feed;
  readonly system: System;
}

export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
  child(fields: object): Log;
}
