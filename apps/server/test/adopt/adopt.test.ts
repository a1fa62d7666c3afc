import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { normaliseEmail } from '@amanda/core';
import { type Adoption, adoptPythonDatabase } from '@amanda/db';
import { openForTest } from '@amanda/db/temporary';
import { temporaryFolder } from '@amanda/testing';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';

import { makePythonDatabase, type PythonDatabaseSize, pythonTime } from './python-database.ts';

const small: PythonDatabaseSize = { users: 3, chatsPerUser: 2, messagesPerChat: 4 };

/** A folder with an old database in it and a place for a new one. */
async function scene(size: PythonDatabaseSize = small) {
  const folder = await temporaryFolder();
  const file = path.join(folder.path, 'old.sqlite');
  const target = path.join(folder.path, 'amanda.db');
  makePythonDatabase(file, size);
  const adopt = (options: { dryRun?: boolean; onProgress?: () => void } = {}): Promise<Adoption> =>
    adoptPythonDatabase({ file, url: `file:${target}`, scratch: folder.path, normaliseEmail, ...options });
  return Object.assign(folder, { folder: folder.path, file, target, adopt });
}

/** Everything in the new database that an adoption writes. */
function contents(target: string) {
  const raw = new Sqlite(target, { readonly: true });
  const all = (sql: string) => raw.prepare<[], Record<string, unknown>>(sql).all();
  const found = {
    users: all('SELECT * FROM users ORDER BY id'),
    chats: all('SELECT * FROM chats ORDER BY id'),
    messages: all('SELECT * FROM messages ORDER BY id'),
    found: (words: string) =>
      all(`SELECT rowid, chat_id FROM search_entries WHERE search_entries MATCH '${words}' ORDER BY rowid`),
  };
  return Object.assign(found, { [Symbol.dispose]: () => void raw.close() });
}

const digest = (folder: string, names: (name: string) => boolean) =>
  readdirSync(folder)
    .filter(names)
    .map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(path.join(folder, name)))
        .digest('hex'),
    ]);

const all = (rows: Adoption['rows']) =>
  Object.values(rows).map(({ added, present, skipped }) => [added, present, skipped]);

describe('an adoption', () => {
  it('brings everything over with its ids, and what follows from it', async () => {
    await using it = await scene();
    const adoption = await it.adopt();
    expect(all(adoption.rows)).toEqual([
      [3, 0, 0],
      [6, 0, 0],
      [24, 0, 0],
    ]);
    expect(adoption).toMatchObject({ idsKept: true, notes: [] });
    using now = contents(it.target);
    const old = new Sqlite(it.file, { readonly: true });
    for (const row of old
      .prepare<[], Record<string, unknown>>('SELECT id, chat_id, role, content FROM messages')
      .all()) {
      expect(now.messages[Number(row['id']) - 1]).toMatchObject({
        ...row,
        status: 'complete',
        superseded_by: null,
      });
    }
    old.close();
    const path1 = now.messages.filter((row) => row['chat_id'] === 1);
    const [question, answer, , last] = path1;
    expect(path1.map((row) => row['reply_to'])).toEqual([null, question?.['id'], null, path1[2]?.['id']]);
    expect(answer?.['reply_to']).toBe(question?.['id']);
    expect(now.chats[0]).toMatchObject({
      id: 1,
      title: 'Question 1 of chat 1 of user 1, at some ...',
      title_source: 'message',
      last_message_id: last?.['id'],
      read_message_id: last?.['id'],
      last_message_at: last?.['timestamp'],
    });
    expect(now.users[0]?.['created_at']).toBe(`${pythonTime(1).slice(0, 23).replace(' ', 'T')}+00:00`);
    expect(now.users[2]).toMatchObject({ id: 3, role: 'user', email: 'user3@example.org' });
    expect(now.found('owner:u1 AND text:"Answer 2 to chat 1"')).toEqual([
      { rowid: answer && last?.['id'], chat_id: 1 },
    ]);
  });

  it('changes nothing in the old database, nor beside it', async () => {
    await using it = await scene();
    const writer = new Sqlite(it.file);
    writer.pragma('journal_mode = WAL');
    writer.pragma('wal_autocheckpoint = 0');
    writer.exec("UPDATE messages SET content = 'only in the WAL' WHERE id = 1");
    const mine = (name: string) => name.startsWith('old.sqlite') && !name.endsWith('-shm');
    const before = digest(it.folder, mine);
    expect(before.map(([name]) => name)).toEqual(['old.sqlite', 'old.sqlite-wal']);
    await it.adopt();
    expect(digest(it.folder, mine)).toEqual(before);
    writer.close();
    using now = contents(it.target);
    expect(now.messages[0]).toMatchObject({ content: 'only in the WAL' });
    expect(readdirSync(it.folder).filter((name) => name.startsWith('adopt-'))).toEqual([]);
  });

  it('does nothing in a dry run but to say what it would do', async () => {
    await using it = await scene();
    const would = await it.adopt({ dryRun: true });
    expect(readdirSync(it.folder)).toEqual(['old.sqlite']);
    expect(await it.adopt()).toEqual(would);
    const before = digest(it.folder, (name) => name.startsWith('amanda.db'));
    const again = await it.adopt({ dryRun: true });
    expect(all(again.rows)).toEqual([
      [0, 3, 0],
      [0, 6, 0],
      [0, 24, 0],
    ]);
    expect(digest(it.folder, (name) => name.startsWith('amanda.db'))).toEqual(before);
  });

  it('brings only what is new when it is run again, and never what was deleted here', async () => {
    await using it = await scene();
    await it.adopt();
    const here = await openForTest({ url: `file:${it.target}` });
    const epoch = here.feedEpoch;
    await here.transactions.deleteUser(3);
    await here.prisma.chat.delete({ where: { id: 2 } });
    await here.close();
    const old = new Sqlite(it.file);
    old.exec(`INSERT INTO messages (chat_id, role, content, timestamp) VALUES
                (1, 'user', 'later', '2025-01-01 00:00:00'), (1, 'assistant', 'indeed', '2025-01-01 00:00:01')`);
    old.close();

    const { rows, notes, idsKept } = await it.adopt();
    expect(all(rows)).toEqual([
      [0, 2, 1],
      [0, 3, 3],
      [2, 12, 12],
    ]);
    expect(idsKept).toBe(false);
    expect(notes).toContainEqual(
      expect.objectContaining({ table: 'users', reason: expect.stringContaining('deleted here'), ids: [3] }),
    );
    {
      using now = contents(it.target);
      const [question, answer] = now.messages.slice(-2);
      expect([question, answer]).toMatchObject([
        { chat_id: 1, content: 'later', reply_to: null },
        { chat_id: 1, content: 'indeed', reply_to: question?.['id'] },
      ]);
      expect(now.chats[0]).toMatchObject({ last_message_id: answer?.['id'], title_source: 'message' });
    }
    const after = await openForTest({ url: `file:${it.target}` });
    expect(after.feedEpoch).not.toBe(epoch);
    await after.close();
    const third = await it.adopt();
    expect(all(third.rows).map(([added]) => added)).toEqual([0, 0, 0]);
  });

  it('gives new ids where there are accounts, and nobody the chats of an address that is not proved', async () => {
    await using it = await scene();
    const here = await openForTest({ url: `file:${it.target}` });
    const make = (email: string, emailVerifiedAt: Date | null) =>
      here.prisma.user.create({ data: { email, passwordHash: 'x', createdAt: new Date(), emailVerifiedAt } });
    const proved = await make('user1@example.org', new Date());
    await make('user2@example.org', null);
    await here.close();
    const { rows, notes } = await it.adopt();
    expect(all(rows)).toEqual([
      [1, 1, 1],
      [4, 0, 2],
      [16, 0, 8],
    ]);
    expect(notes[0]).toMatchObject({
      table: 'users',
      ids: [2],
      reason: expect.stringContaining('not confirmed'),
    });
    using now = contents(it.target);
    expect(now.users.map((row) => row['email'])).toEqual([
      'user1@example.org',
      'user2@example.org',
      'user3@example.org',
    ]);
    expect(now.users[0]).toMatchObject({ id: proved.id, password_hash: 'x' });
    expect(now.chats.map((row) => row['user_id'])).toEqual([proved.id, proved.id, 3, 3]);
  });

  it('says of every odd row why it was left behind or changed', async () => {
    await using it = await scene({ ...small, odd: true });
    const { rows, notes } = await it.adopt();
    const told = notes.map(({ table, outcome, reason, ids }) => [table, outcome, reason.slice(0, 24), ids]);
    expect(told).toEqual([
      ['users', 'skipped', 'its e-mail address is in', [900]],
      ['users', 'skipped', 'another account has the ', [901]],
      ['users', 'changed', 'its time cannot be read;', [903]],
      ['users', 'changed', 'its password hash is of ', [903]],
      ['chats', 'changed', 'its title was cut to 100', [900]],
      ['chats', 'skipped', 'its account is missing o', [901, 902]],
      ['chats', 'changed', 'its time cannot be read;', [903]],
      ['chats', 'changed', 'it has no title; it is c', [903]],
      ['messages', 'skipped', 'its role is neither user', [90001]],
      ['messages', 'changed', 'its time cannot be read;', [90002]],
      ['messages', 'skipped', 'its chat is missing or w', [90003, 90004]],
      ['messages', 'skipped', 'it has no text', [90005]],
    ]);
    expect(all(rows)).toEqual([
      [5, 0, 2],
      [9, 0, 2],
      [26, 0, 4],
    ]);
    using now = contents(it.target);
    expect(now.chats.find((row) => row['id'] === 900)?.['title']).toBe(`${'🎈'.repeat(99)}…`);
    expect(now.chats.find((row) => row['id'] === 904)).toMatchObject({ title_source: 'user' });
    expect(now.messages.slice(-2)).toMatchObject([
      { id: 90000, timestamp: '2024-05-03T10:00:00.250+00:00' },
      { id: 90002, role: 'assistant', reply_to: 90000, timestamp: '2024-05-03T10:00:00.250+00:00' },
    ]);
    expect(now.found('owner:u902 AND text:quokka')).toEqual([{ rowid: 90002, chat_id: 904 }]);
    expect(now.found('owner:u902 AND text:renamed')).toEqual([{ rowid: -904, chat_id: 904 }]);
  });

  it('leaves nothing behind when it is broken off', async () => {
    await using it = await scene({ users: 1, chatsPerUser: 1, messagesPerChat: 3000 });
    const broken = it.adopt({
      onProgress: () => {
        throw new Error('broken off');
      },
    });
    await expect(broken).rejects.toThrow('broken off');
    {
      using now = contents(it.target);
      expect([now.users, now.chats, now.messages]).toEqual([[], [], []]);
    }
    expect(all((await it.adopt()).rows)).toEqual([
      [1, 0, 0],
      [1, 0, 0],
      [3000, 0, 0],
    ]);
  });

  it.each([
    ['a file that is not there', false, 'There is no file'],
    ['the database of another program', true, 'not a database of the Python service'],
  ])('refuses %s', async (_name, exists, text) => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'note.txt');
    if (exists) new Sqlite(file).exec('CREATE TABLE notes (id INTEGER)').close();
    const adopting = adoptPythonDatabase({
      file,
      url: `file:${path.join(folder.path, 'amanda.db')}`,
      scratch: folder.path,
      normaliseEmail,
    });
    await expect(adopting).rejects.toThrow(text);
    expect(readdirSync(folder.path).filter((name) => name !== 'note.txt')).toEqual([]);
  });
});
