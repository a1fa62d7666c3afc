import { DatabaseSync } from 'node:sqlite';

/** A message as it lies on the disk. */
export interface OnDisk {
  readonly id: number;
  readonly role: string;
  readonly status: string;
  readonly text: string;
}

/** Reads what is committed, through a connection and statements of its own: nothing of what is tested. */
export interface Disk extends Disposable {
  messages(chatId: number): readonly OnDisk[];
  /** Runs that are open, and chunks of runs that are not. */
  leftovers(): { openRuns: number; chunks: number };
}

/** Opens the file a second time. */
export function openDisk(file: string): Disk {
  const disk = new DatabaseSync(file, { readOnly: true });
  // As bytes, so that nothing in between has its own idea of NUL.
  const messages = disk.prepare(
    'SELECT id, role, status, CAST(content AS BLOB) AS content FROM messages WHERE chat_id = ? ORDER BY id',
  );
  const chunks = disk.prepare(
    `SELECT r.message_id, c."offset" AS place, CAST(c.text AS BLOB) AS text
       FROM run_chunks c JOIN runs r ON r.id = c.run_id WHERE r.chat_id = ? ORDER BY c.run_id, c."offset"`,
  );
  const openRuns = disk.prepare(
    "SELECT count(*) AS n FROM runs WHERE status = 'streaming' OR active_chat_id > 0",
  );
  const allChunks = disk.prepare('SELECT count(*) AS n FROM run_chunks');
  return {
    messages(chatId) {
      disk.exec('BEGIN');
      const rows = messages.all(chatId);
      const journal = chunks.all(chatId);
      disk.exec('COMMIT');
      return rows.map((row) => {
        let text = decode(row['content']);
        for (const chunk of journal) {
          if (chunk['message_id'] !== row['id']) continue;
          if (chunk['place'] !== text.length) throw new Error('the journal has a hole or an overlap');
          text += decode(chunk['text']);
        }
        return { id: Number(row['id']), role: String(row['role']), status: String(row['status']), text };
      });
    },
    leftovers: () => ({ openRuns: Number(openRuns.get()?.['n']), chunks: Number(allChunks.get()?.['n']) }),
    [Symbol.dispose]: () => disk.close(),
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: unknown): string {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('a text is missing');
  return decoder.decode(bytes);
}
