import type { User } from '@amanda/contract';

/** Why a session is over. */
export type EndReason =
  | 'logged_out'
  | 'revoked'
  | 'password_changed'
  | 'expired'
  | 'account_deleted'
  | 'account_disabled';

/** Where a request comes from. */
export interface Agent {
  /** The client's IP address, as far as trusted proxies tell. */
  readonly address: string;
  readonly userAgent: string;
  /** The mark of a device that was logged in before, as the client gives it. */
  readonly device?: string | undefined;
}

/** A session that a request or socket holds. Whoever opened it releases it. */
export interface LiveSession {
  readonly kind: 'session' | 'token';
  /** The session's own id, a secret; `token:<id>` for a bearer token. */
  readonly id: string;
  /** Names the session in lists; worth nothing as a credential. */
  readonly publicId: string;
  readonly userId: number;
  /** The account as it is now: a change on this node shows at once. */
  readonly user: User;
  /** Null while the session is good. Nothing may be handed out any more once it is set. */
  readonly ended: EndReason | null;
  /**
   * Calls the listener once when the session ends, soon if it has ended.
   * @returns takes the listener away; `release` does so too
   */
  onEnd(listener: (reason: EndReason) => void): () => void;
  /** Says that the session is being used; sockets call it with each of their calls. Cheap. */
  touch(): void;
  /** Lets go of the session; without effect the second time. */
  release(): void;
}
