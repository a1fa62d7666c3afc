import type { ErrorCode } from '../errors/table.ts';

/** What became of a message. Ended states never change, except that `continue` opens a partial answer again. */
export type MessageStatus = 'streaming' | 'complete' | 'stopped' | 'failed' | 'interrupted';

/** What a run cost, as far as the AI backend said so. */
export interface Usage {
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** Milliseconds from the start of the run to its first piece. */
  readonly firstPieceMs: number | null;
  /** Milliseconds from the start of the run to its end. */
  readonly durationMs: number | null;
  readonly finishReason: string | null;
}

/** A message as its owner sees it; never a database row. */
export interface Message {
  readonly id: number;
  readonly chatId: number;
  readonly role: 'user' | 'assistant';
  /** The stored text; of a running answer, what is committed so far. */
  readonly text: string;
  readonly status: MessageStatus;
  readonly createdAt: Date;
  /** Why the answer failed. */
  readonly error: ErrorCode | null;
  /** The question that this answers. */
  readonly replyTo: number | null;
  /** Which of how many versions this is, counted from 1. */
  readonly version: { readonly index: number; readonly count: number };
  /** While the answer is being written: the place in its stream that `text` reaches, to subscribe from. */
  readonly eventId: string | null;
  readonly usage: Usage | null;
}

/** One page of a chat's path, oldest first. */
export interface MessagePage {
  readonly items: readonly Message[];
  /** Give it back to get the next page in the same direction; null at the end. */
  readonly nextCursor: number | null;
}

/** A version of a message, with the messages that stood after it when it left the path (or stand there now). */
export interface MessageVersion {
  readonly message: Message;
  readonly followedBy: readonly Message[];
}

/** A place in a walk over versions: the last message of the page before, and the version it followed. */
export interface VersionCursor {
  readonly versionId: number;
  readonly messageId: number;
}

/** One page of the versions of a message. */
export interface VersionPage {
  readonly items: readonly MessageVersion[];
  /** Give it back to get the next page; null at the end. */
  readonly nextCursor: VersionCursor | null;
}
