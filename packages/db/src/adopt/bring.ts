import type BetterSqlite3 from 'better-sqlite3';
import { toDbTime } from '../time.ts';
import type { AdoptedTable, Adoption, AdoptionProgress, Ledger } from './adoption.ts';
import { createLedger } from './adoption.ts';
import { bringChats } from './bring-chats.ts';
import { bringMessages } from './bring-messages.ts';
import { bringUsers } from './bring-users.ts';
import { type AdoptionMemory, adoptionMemory } from './memory.ts';
import type { OldDatabase, OldRow } from './source.ts';

/** Prisma's `Int` ends here; see `ids.ts`. */
const largestId = 2 ** 31 - 1;
const rowsPerReport = 2000;

/** What the parts of an adoption share. */
export interface Bringing {
  readonly raw: BetterSqlite3.Database;
  readonly memory: AdoptionMemory;
  readonly ledger: Ledger;
  readonly idsKept: boolean;
  /** For rows whose own time cannot be read. */
  readonly now: string;
  /** The form in which addresses are stored; see `core`. */
  readonly normaliseEmail: (email: string) => string;
  /** The rows of a table, reported on as they pass. */
  readonly rows: (table: AdoptedTable) => Iterable<OldRow>;
}

/**
 * Brings everything over, as part of a transaction of the caller's.
 * @param raw the target's connection, in a transaction
 */
export function bring(
  raw: BetterSqlite3.Database,
  old: OldDatabase,
  options: {
    now: Date;
    normaliseEmail: (email: string) => string;
    onProgress?: ((progress: AdoptionProgress) => void) | undefined;
  },
): Adoption {
  const isEmpty = raw
    .prepare<[], bigint>('SELECT NOT EXISTS (SELECT 1 FROM users) AND NOT EXISTS (SELECT 1 FROM messages)')
    .pluck()
    .get();
  const { smallest, largest } = old.idRange();
  const bringing: Bringing = {
    raw,
    memory: adoptionMemory(raw),
    ledger: createLedger(),
    idsKept: Number(isEmpty) === 1 && smallest > 0 && largest <= largestId,
    now: toDbTime(options.now),
    normaliseEmail: options.normaliseEmail,
    *rows(table) {
      const total = old.count(table);
      let done = 0;
      for (const row of old.rows(table)) {
        yield row;
        done += 1;
        if (done % rowsPerReport === 0) options.onProgress?.({ table, done, total });
      }
      options.onProgress?.({ table, done, total });
    },
  };
  const users = bringUsers(bringing);
  const chats = bringChats(bringing, users);
  bringMessages(bringing, chats);
  // A client that followed its feed before would not hear of what came in here; in a new epoch it reads all anew.
  const { users: u, chats: c, messages: m } = bringing.ledger.rows;
  if (!bringing.idsKept && u.added + c.added + m.added > 0)
    raw.prepare("DELETE FROM settings WHERE key = 'feed_epoch'").run();
  return { rows: bringing.ledger.rows, idsKept: bringing.idsKept, notes: bringing.ledger.notes() };
}
