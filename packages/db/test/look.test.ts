import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ForeignFileError, openDatabase, PythonDatabaseError } from '../src/index.ts';
import { openSqlite } from '../src/sqlite/open.ts';
import { errorOf, otherProcess, temporaryFolder } from './fixtures.ts';

/** The tables as SQLAlchemy makes them. */
const pythonTables = `
  CREATE TABLE users (
    id INTEGER NOT NULL, email VARCHAR(120) NOT NULL, password_hash VARCHAR(256) NOT NULL, created_at DATETIME,
    PRIMARY KEY (id), UNIQUE (email));
  CREATE TABLE chats (
    id INTEGER NOT NULL, user_id INTEGER NOT NULL, title VARCHAR(200), created_at DATETIME,
    PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES users (id));
  CREATE TABLE messages (
    id INTEGER NOT NULL, chat_id INTEGER NOT NULL, role VARCHAR(20) NOT NULL, content TEXT NOT NULL, timestamp DATETIME,
    PRIMARY KEY (id), FOREIGN KEY(chat_id) REFERENCES chats (id));
  INSERT INTO users VALUES (1, 'a@example.org', 'pbkdf2:sha256:260000$s$h', '2026-11-22 23:53:55.102535');`;

function makeDatabase(file: string, sql: string): void {
  using made = otherProcess(file);
  made.raw.exec(sql);
}

test.each(['DELETE', 'WAL'])(
  'a database of the Python service (%s) is refused and stays as it is',
  async (mode) => {
    using folder = temporaryFolder();
    const file = folder.file('amanda.db');
    makeDatabase(file, `PRAGMA journal_mode = ${mode}; ${pythonTables}`);
    const before = readFileSync(file);

    const refused = await errorOf(openDatabase({ url: `sqlite:///${file}` }));
    expect(refused).toBeInstanceOf(PythonDatabaseError);
    expect(refused).toMatchObject({
      file,
      message: `${file} is a database of the Python service; run: npm run amanda -- adopt ${file}`,
    });
    expect(readFileSync(file).equals(before)).toBe(true);
    // Only to read a WAL does SQLite make files beside it.
    const beside = mode === 'WAL' ? ['amanda.db', 'amanda.db-shm', 'amanda.db-wal'] : ['amanda.db'];
    expect(beside).toEqual(expect.arrayContaining(readdirSync(path.dirname(file))));
  },
);

test.each([
  ['text', Buffer.from('This is a letter, not a database.')],
  ['a few bytes', Buffer.from('SQL')],
  ['a torn header', Buffer.from('SQLite format 3\0and then nothing')],
])('a file of %s is refused and stays as it is', async (_name, content) => {
  using folder = temporaryFolder();
  const file = folder.file('letter.db');
  writeFileSync(file, content);
  expect(await errorOf(openDatabase({ url: `file:${file}` }))).toBeInstanceOf(ForeignFileError);
  expect(readFileSync(file).equals(content)).toBe(true);
});

test('a database of another program is refused and stays as it is', async () => {
  using folder = temporaryFolder();
  const file = folder.file('other.db');
  makeDatabase(file, 'CREATE TABLE things (id INTEGER PRIMARY KEY)');
  const before = readFileSync(file);
  expect(await errorOf(openDatabase({ url: `file:${file}` }))).toBeInstanceOf(ForeignFileError);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test('a folder in the place of the file is refused', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.file('a.db'));
  expect(await errorOf(openDatabase({ url: `file:${folder.file('a.db')}` }))).toBeInstanceOf(
    ForeignFileError,
  );
});

test('an empty file becomes a database', async () => {
  using folder = temporaryFolder();
  const file = folder.file('empty.db');
  writeFileSync(file, '');
  await using db = await openSqlite({ url: `file:${file}` });
  expect(await db.prisma.user.count()).toBe(0);
  expect(existsSync(file)).toBe(true);
});
