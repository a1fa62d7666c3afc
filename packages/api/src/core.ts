import type { Agent, Chats, Feed, Messages, NewSession, Runs, Sessions, Tokens, User } from '@amanda/core';

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
  resendVerification(input: { email: string; agent: Agent }): Promise<void>;
  forgotPassword(input: { email: string; agent: Agent }): Promise<void>;
  checkResetToken(token: string): Promise<void>;
  resetPassword(input: { token: string; password: string }): Promise<void>;
}

export interface System {
  health(): Promise<{ status: 'healthy' | 'unhealthy' }>;
  info(): { service: string; version: string };
}

/** What procedures need of the domain. */
export interface Core {
  readonly accounts: Accounts;
  readonly sessions: Pick<Sessions, 'end' | 'endAll' | 'list' | 'revoke'>;
  readonly tokens: Pick<Tokens, 'create' | 'list' | 'revoke'>;
  readonly chats: Chats;
  readonly messages: Messages;
  readonly runs: Runs;
  readonly feed: Feed;
  readonly system: System;
}
