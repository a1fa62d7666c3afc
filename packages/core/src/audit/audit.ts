import type { Database } from '@amanda/db';
import type { Clock } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';

/** What can be found in the audit log. */
export type AuditAction =
  | 'account.created'
  | 'account.deleted'
  | 'account.disabled'
  | 'account.enabled'
  | 'account.roleChanged'
  | 'account.profileChanged'
  | 'email.verified'
  | 'password.changed'
  | 'password.reset'
  | 'password.resetRequested'
  | 'session.loggedIn'
  | 'session.logInFailed'
  | 'session.loggedOut'
  | 'session.revoked'
  | 'token.created'
  | 'token.revoked';

/** Something that an account or admin did. Holds no secrets and no texts of chats. */
export interface AuditRecord {
  /** Who did it; null for a stranger or the command line. */
  readonly actorId: number | null;
  readonly action: AuditAction;
  /** The account it was about. */
  readonly subjectId?: number | null | undefined;
  /** The client's IP address. */
  readonly address?: string | undefined;
  readonly details?: Readonly<Record<string, string | number | boolean | null>> | undefined;
}

/** The log of what accounts and admins do. */
export interface Audit {
  /** Notes an entry. Never fails and never waits; entries are written together soon after. */
  record(entry: AuditRecord): void;
  /** Removes entries older than this. @returns how many */
  sweep(before: Date, limit: number): Promise<number>;
  /** Writes what was noted so far. */
  flush(): Promise<void>;
  /** Writes the rest. Entries that come later are only logged. */
  close(): Promise<void>;
}

const mostWaiting = 10_000;

/** Makes the audit log; close it before the database. */
export function createAudit(options: { db: Database; clock: Clock; log: Log }): Audit {
  const { db, clock, log } = options;
  let waiting: { record: AuditRecord; at: Date }[] = [];
  let writing: Promise<void> | undefined;
  let closed = false;

  const lost = (entries: readonly { record: AuditRecord }[], error: unknown): void => {
    const actions = entries.map(({ record: { actorId, action, subjectId } }) => ({
      actorId,
      action,
      subjectId,
    }));
    log.error({ err: error, actions }, 'entries of the audit log were not stored');
  };

  const write = async (): Promise<void> => {
    // Entries of one turn of the event loop share a statement.
    await Promise.resolve();
    while (waiting.length > 0) {
      const entries = waiting;
      waiting = [];
      try {
        await db.audit.append(
          entries.map(({ record, at }) => ({
            at,
            actorId: record.actorId,
            action: record.action,
            subjectId: record.subjectId ?? null,
            address: record.address ?? '',
            details: JSON.stringify(record.details ?? {}),
          })),
        );
      } catch (error) {
        lost(entries, error);
      }
    }
  };

  const flush = async (): Promise<void> => {
    if (waiting.length > 0) {
      writing ??= write().finally(() => {
        writing = undefined;
      });
    }
    await writing;
  };

  return {
    record(record) {
      const entry = { record, at: new Date(clock.now()) };
      if (closed || waiting.length >= mostWaiting) {
        lost([entry], new Error(closed ? 'the audit log is closed' : 'too many entries wait'));
        return;
      }
      waiting.push(entry);
      void flush();
    },
    sweep: (before, limit) => db.audit.sweep(before, limit),
    flush,
    async close() {
      closed = true;
      await flush();
    },
  };
}
