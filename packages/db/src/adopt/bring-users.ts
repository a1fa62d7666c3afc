import type { Bringing } from './bring.ts';
import type { OldRow } from './source.ts';
import { adoptTime } from './time.ts';

/** An account of the old service and where it is now. */
export interface BroughtUser {
  readonly id: number;
  readonly email: string;
}

/** What the Python service took for an address, without characters that no mail header may hold. */
const emailForm = /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+\.[^\s@\p{Cc}]+$/u;
const longestEmail = 255;

/** The form of hash that a login here computes. */
const hashForm = /^pbkdf2:sha256:[1-9]\d*\$[^$]+\$[0-9a-f]{64}$/u;

interface Known {
  id: number;
  password_hash: string;
  email_verified_at: string | null;
}

/**
 * Brings the accounts over. An account that this server has under the same address is taken for the same person only
 * where that is sure: an earlier run brought it, its address was confirmed, or it has the very same password hash.
 * Otherwise whoever signed up first with somebody's address would be given that person's chats.
 * @returns accounts by their old ids
 */
export function bringUsers({
  raw,
  memory,
  ledger,
  idsKept,
  now,
  rows,
  normaliseEmail,
}: Bringing): ReadonlyMap<number, BroughtUser> {
  const find = raw
    .prepare<[string], Known>('SELECT id, password_hash, email_verified_at FROM users WHERE email = ?')
    .safeIntegers(false);
  const insert = raw.prepare<[number | null, string, string, string]>(
    'INSERT INTO users (id, email, password_hash, created_at) VALUES (?, ?, ?, ?)',
  );
  const brought = new Map<number, BroughtUser>();
  const seen = new Set<string>();

  const add = (row: OldRow, email: string): number => {
    const note = (reason: string) => ledger.note('users', 'changed', reason, row.id);
    const createdAt = adoptTime(row['created_at']);
    if (createdAt === undefined) note('its time cannot be read; it has the time of this adoption');
    const hash = typeof row['password_hash'] === 'string' ? row['password_hash'] : '';
    if (!hashForm.test(hash)) {
      note('its password hash is of another form: its owner logs in after "forgot password"');
    }
    const { lastInsertRowid } = insert.run(idsKept ? row.id : null, email, hash, createdAt ?? now);
    ledger.rows.users.added += 1;
    return Number(lastInsertRowid);
  };

  for (const row of rows('users')) {
    const email = typeof row['email'] === 'string' ? normaliseEmail(row['email']) : '';
    if (!emailForm.test(email) || email.length > longestEmail || !email.isWellFormed()) {
      ledger.skip('users', 'its e-mail address is invalid', row.id);
      continue;
    }
    if (seen.has(email)) {
      ledger.skip('users', 'another account has the same e-mail address in lower case', row.id);
      continue;
    }
    seen.add(email);
    const before = memory.user(email);
    const known = find.get(email);
    if (before !== undefined && known?.id !== before) {
      ledger.skip('users', 'an earlier adoption brought it, and it was deleted here since', row.id);
      continue;
    }
    const isSame =
      before !== undefined ||
      known === undefined ||
      known.email_verified_at !== null ||
      known.password_hash === row['password_hash'];
    if (!isSame) {
      ledger.skip(
        'users',
        'an account here has its e-mail address and has not confirmed it; adopt again when it has',
        row.id,
      );
      continue;
    }
    if (known !== undefined) ledger.rows.users.present += 1;
    const id = known?.id ?? add(row, email);
    if (before === undefined) memory.rememberUser(email, id);
    brought.set(row.id, { id, email });
  }
  return brought;
}
