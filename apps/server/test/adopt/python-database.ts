import { pbkdf2Sync } from 'node:crypto';

import Sqlite from 'better-sqlite3';

/** The password of every account in a made database. */
export const oldPassword = 'pässword of 2024';

/** A hash as Werkzeug's `generate_password_hash` writes it. */
export function werkzeugHash(password: string, rounds: number, salt: string): string {
  const key = pbkdf2Sync(password, salt, rounds, 32, 'sha256').toString('hex');
  return `pbkdf2:sha256:${rounds}$${salt}$${key}`;
}

/** The tables as SQLAlchemy made them, with columns of a later version that are not ours. */
const schema = `
  CREATE TABLE users (
    id INTEGER NOT NULL, email VARCHAR(255) NOT NULL, password_hash VARCHAR(255) NOT NULL,
    created_at DATETIME NOT NULL, email_verified BOOLEAN, avatar_url VARCHAR(500), PRIMARY KEY (id));
  CREATE UNIQUE INDEX ix_users_email ON users (email);
  CREATE TABLE chats (
    id INTEGER NOT NULL, user_id INTEGER NOT NULL, title VARCHAR(100) NOT NULL, created_at DATETIME NOT NULL,
    archived BOOLEAN, PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES users (id));
  CREATE TABLE messages (
    id INTEGER NOT NULL, chat_id INTEGER NOT NULL, role VARCHAR(20) NOT NULL, content TEXT NOT NULL,
    timestamp DATETIME NOT NULL, tokens INTEGER, PRIMARY KEY (id), FOREIGN KEY(chat_id) REFERENCES chats (id));`;

/** How much is in a made database. */
export interface PythonDatabaseSize {
  readonly users: number;
  readonly chatsPerUser: number;
  /** Questions and answers together; even. */
  readonly messagesPerChat: number;
  /** Rows that no sound program would have written; see {@link addOddRows}. */
  readonly odd?: boolean;
}

/** `YYYY-MM-DD HH:MM:SS.ffffff`, the fraction missing now and then, as SQLAlchemy leaves it out when it is 0. */
export function pythonTime(second: number): string {
  const text = new Date(Date.UTC(2024, 0, 1) + second * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return second % 7 === 0 ? text : `${text}.${String((second * 7919) % 1_000_000).padStart(6, '0')}`;
}

/** Makes a database as the Python service leaves it behind. Accounts are `user1@example.org` and so on. */
export function makePythonDatabase(file: string, size: PythonDatabaseSize): void {
  const raw = new Sqlite(file);
  raw.pragma('foreign_keys = OFF');
  raw.exec(schema);
  const rounds = [260_000, 600_000, 1_000_000];
  const hashes = rounds.map((count) => werkzeugHash(oldPassword, count, `salt${count}`));
  const user = raw.prepare('INSERT INTO users (email, password_hash, created_at) VALUES (?, ?, ?)');
  const chat = raw.prepare('INSERT INTO chats (user_id, title, created_at) VALUES (?, ?, ?)');
  const message = raw.prepare('INSERT INTO messages (chat_id, role, content, timestamp) VALUES (?, ?, ?, ?)');
  raw.transaction(() => {
    let second = 0;
    for (let owner = 1; owner <= size.users; owner += 1) {
      user.run(`user${owner}@example.org`, hashes[owner % hashes.length], pythonTime((second += 1)));
    }
    // As in life, the rows of many chats lie between each other.
    const chats: { id: number | bigint; first: string }[] = [];
    for (let owner = 1; owner <= size.users; owner += 1) {
      for (let index = 1; index <= size.chatsPerUser; index += 1) {
        const first = `Question 1 of chat ${index} of user ${owner}, at some length 🎈`;
        const title = size.messagesPerChat === 0 ? 'New Chat' : titleOf(first);
        chats.push({ id: chat.run(owner, title, pythonTime((second += 1))).lastInsertRowid, first });
      }
    }
    for (let turn = 1; turn <= size.messagesPerChat / 2; turn += 1) {
      for (const { id, first } of chats) {
        message.run(id, 'user', turn === 1 ? first : `Question ${turn}`, pythonTime((second += 1)));
        message.run(id, 'assistant', `Answer ${turn} to chat ${id}`, pythonTime((second += 1)));
      }
    }
  })();
  if (size.odd === true) addOddRows(raw);
  raw.close();
}

function titleOf(text: string): string {
  const characters = Array.from(text);
  return characters.length > 40 ? `${characters.slice(0, 40).join('')}...` : text;
}

/** Each row here is one that an adoption has to say something about; ids begin at 900. */
function addOddRows(raw: Sqlite.Database): void {
  const hash = werkzeugHash(oldPassword, 1000, 'odd');
  raw
    .prepare(
      `INSERT INTO users (id, email, password_hash, created_at) VALUES
         (900, 'no address', @hash, '2024-05-01 00:00:00'),
         (901, ' USER1@Example.org', @hash, '2024-05-01 00:00:00'),
         (902, 'Mixed@Example.org', @hash, '2024-05-01 00:00:00.5'),
         (903, 'scrypt@example.org', 'scrypt:32768:8:1$salt$00', 'yesterday')`,
    )
    .run({ hash });
  raw
    .prepare(
      `INSERT INTO chats (id, user_id, title, created_at) VALUES
         (900, 902, @long, '2024-05-02 00:00:00'), (901, 999, 'orphan', '2024-05-02 00:00:00'),
         (902, 900, 'of a skipped account', '2024-05-02 00:00:00'), (903, 902, '', '2024-02-30 00:00:00'),
         (904, 902, 'Renamed by hand', '2024-05-02 00:00:00')`,
    )
    .run({ long: '🎈'.repeat(101) });
  raw.exec(
    `INSERT INTO messages (id, chat_id, role, content, timestamp) VALUES
       (90000, 904, 'user', 'zebra?', '2024-05-03 10:00:00.250000'),
       (90001, 904, 'system', 'be nice', '2024-05-03 10:00:01'),
       (90002, 904, 'Assistant', 'A striped quokka.', 'soon'),
       (90003, 901, 'user', 'orphaned', '2024-05-03 10:00:02'),
       (90004, 999, 'user', 'no chat at all', '2024-05-03 10:00:03'),
       (90005, 904, 'user', x'00ff', '2024-05-03 10:00:04')`,
  );
}
