export type { Accounts, LoggedIn } from './accounts/accounts.ts';
export { normaliseEmail } from './accounts/email.ts';
export { createOperator, type Operator } from './accounts/operator.ts';
export type { User } from './accounts/user.ts';
export { type Audit, type AuditAction, createAudit } from './audit/audit.ts';
export type { Chat, ChatCursor, ChatPage, SearchHit, SearchPage } from './chats/chat.ts';
export type { Chats } from './chats/chats.ts';
export { type Clock, type ClockTimer, systemClock } from './clock/clock.ts';
export { type Core, type CoreOptions, createCore } from './create-core.ts';
export { AmandaError, type ErrorDetails } from './errors/amanda-error.ts';
export { domainErrorOf } from './errors/refusals.ts';
export { type ErrorCode, type ErrorRow, errorTable, isErrorCode } from './errors/table.ts';
export type { Feed, FeedChange, FeedEvent } from './feed/feed.ts';
export { createKeys, type Keys } from './keys/keys.ts';
export { isWeakSecret } from './keys/weak-secret.ts';
export { addressKey } from './limits/address-key.ts';
export { createLimits, type LimitKeys, type LimitKind, type Limits, noLimits } from './limits/limits.ts';
export { createMemoryLimitStore } from './limits/store.ts';
export { type Log, silentLog } from './log/log.ts';
export type { Refusal, RefusalKind, Refusals } from './log/refusals.ts';
export { createOutboxTransport, createSmtpTransport, type MailTransport } from './mail/transports.ts';
export type {
  Message,
  MessagePage,
  MessageStatus,
  MessageVersion,
  Usage,
  VersionCursor,
  VersionPage,
} from './messages/message.ts';
export type { Messages } from './messages/messages.ts';
export type { PasswordOptions } from './passwords/passwords.ts';
export { type AfterCrash, defaultRunLimits, type RunEngine, type RunLimits } from './runs/create-runs.ts';
export type { Gate, Runs, Started, StreamEvent } from './runs/runs.ts';
export type { Agent, EndReason, LiveSession } from './sessions/live-session.ts';
export { createSessions, type NewSession, type Sessions, type SessionView } from './sessions/sessions.ts';
export type { System } from './system/system.ts';
export { createTokens, isOwnToken, type Tokens, type TokenView } from './tokens/tokens.ts';
