import { createHash } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';

/** What an adoption remembers in the table `settings`, so that the next one brings over only what is new. */
export interface AdoptionMemory {
  /** The id that this user got here; it may have been deleted since. */
  user(email: string): number | undefined;
  rememberUser(email: string, id: number): void;
  /** The id that this chat got here, and the old id of its last message that was brought over. */
  chat(email: string, createdAt: unknown, oldId: number): RememberedChat | undefined;
  rememberChat(email: string, createdAt: unknown, oldId: number, chat: RememberedChat): void;
}

/** A chat of an earlier adoption. */
export interface RememberedChat {
  readonly id: number;
  readonly through: number;
}

/** A hash, so that nothing of an account that is deleted here stays readable. */
const keyOf = (kind: 'user' | 'chat', ...parts: readonly unknown[]): string =>
  `adopted/${kind}/${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)}`;

/** The memory in the database behind this connection. */
export function adoptionMemory(raw: BetterSqlite3.Database): AdoptionMemory {
  const read = raw.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck();
  const write = raw.prepare<[string, string]>(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  return {
    user(email) {
      const stored = read.get(keyOf('user', email));
      return stored === undefined ? undefined : Number(stored);
    },
    rememberUser: (email, id) => void write.run(keyOf('user', email), String(id)),
    chat(email, createdAt, oldId) {
      const [id, through] =
        read
          .get(keyOf('chat', email, createdAt, oldId))
          ?.split(' ')
          .map(Number) ?? [];
      return id === undefined || through === undefined ? undefined : { id, through };
    },
    rememberChat: (email, createdAt, oldId, { id, through }) =>
      void write.run(keyOf('chat', email, createdAt, oldId), `${id} ${through}`),
  };
}
