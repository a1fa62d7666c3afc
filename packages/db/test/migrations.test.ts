import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { composeSchema, prismaFolder } from '../scripts/schema.ts';
import { openSchemaEngine, unmodelled } from '../scripts/schema-engine.ts';
import { MigrationError, openDatabase } from '../src/index.ts';
import { migrationsFolder, readMigrations } from '../src/migrations/files.ts';
import { errorOf, otherProcess, temporaryFolder } from './fixtures.ts';

const schema = composeSchema();
const schemaFiles = [{ path: 'schema.prisma', content: schema }];
const known = readMigrations(migrationsFolder).map((migration) => migration.name);

/** The migrations as Prisma's engine takes them. */
const migrationsList = {
  baseDir: migrationsFolder,
  shadowDbInitScript: '',
  lockfile: {
    path: 'migration_lock.toml',
    content: readFileSync(path.join(migrationsFolder, 'migration_lock.toml'), 'utf8'),
  },
  migrationDirectories: readMigrations(migrationsFolder).map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
  })),
};

/** Opens the file, closes it, and gives the names of the migrations that were applied. */
async function migrate(file: string, folder?: string): Promise<unknown> {
  let applied: unknown = [];
  const db = await openDatabase({
    url: `file:${file}`,
    ...(folder !== undefined && { migrationsFolder: folder }),
    log: (_level, fields) => {
      if ('applied' in fields) applied = fields.applied;
    },
  });
  await db.close();
  return applied;
}

/** A copy of the migrations in which one more follows. */
function withMigration(folder: string, name: string, sql: string): string {
  cpSync(migrationsFolder, folder, { recursive: true });
  mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, name, 'migration.sql'), sql);
  return folder;
}

const objects = (file: string): unknown[] => {
  using db = otherProcess(file);
  return db.raw.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY type, name').all();
};

test('the migrations lead to the models: if this fails, make a migration (pnpm new-migration)', async () => {
  using folder = temporaryFolder();
  await migrate(folder.file('a.db'));
  const engine = await openSchemaEngine(`file:${folder.file('a.db')}`, schema);
  const { stdout } = await engine.diff({
    from: { tag: 'schemaDatasource', files: schemaFiles, configDir: prismaFolder },
    to: { tag: 'schemaDatamodel', files: schemaFiles },
    script: true,
    exitCode: null,
    filters: unmodelled,
  });
  expect(stdout).toBe('-- This is an empty migration.\n');
  expect(readFileSync(path.join(prismaFolder, 'sqlite/migrated.prisma'), 'utf8')).toBe(schema);
});

test('Prisma finds nothing to do in a database that we migrated', async () => {
  using folder = temporaryFolder();
  expect(await migrate(folder.file('a.db'))).toEqual(known);
  const engine = await openSchemaEngine(`file:${folder.file('a.db')}`, schema);
  expect(
    await engine.diagnoseMigrationHistory({
      filters: unmodelled,
      optInToShadowDatabase: false,
      migrationsList,
    }),
  ).toEqual({ editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null });
  expect(await engine.applyMigrations({ filters: unmodelled, migrationsList })).toEqual({
    appliedMigrationNames: [],
  });
});

test('we find nothing to do in a database that Prisma migrated, and both made the same', async () => {
  using folder = temporaryFolder();
  const engine = await openSchemaEngine(`file:${folder.file('prisma.db')}`, schema);
  await engine.applyMigrations({ filters: unmodelled, migrationsList });
  // The engine keeps its lock for as long as it lives.
  copyFileSync(folder.file('prisma.db'), folder.file('copy.db'));
  expect(await migrate(folder.file('copy.db'))).toEqual([]);
  await migrate(folder.file('ours.db'));
  expect(objects(folder.file('ours.db'))).toEqual(objects(folder.file('copy.db')));
});

test('migrations are applied once, and new ones on top', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  expect(await migrate(file)).toEqual(known);
  expect(await migrate(file)).toEqual([]);
  const more = withMigration(folder.file('more'), '99990101000000_more', 'CREATE TABLE more (id INTEGER)');
  expect(await migrate(file, more)).toEqual(['99990101000000_more']);
  expect(await migrate(file, more)).toEqual([]);
});

test('a database that is newer than the code is refused', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  await migrate(
    file,
    withMigration(folder.file('more'), '99990101000000_more', 'CREATE TABLE more (id INTEGER)'),
  );
  const refused = await errorOf(migrate(file));
  expect(refused).toBeInstanceOf(MigrationError);
  expect(refused).toMatchObject({ kind: 'newer', message: expect.stringContaining('99990101000000_more') });
});

test('a migration that was changed after it was applied is refused', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  const more = withMigration(folder.file('more'), '99990101000000_more', 'CREATE TABLE more (id INTEGER)');
  await migrate(file, more);
  appendFileSync(path.join(more, '99990101000000_more/migration.sql'), ' ');
  expect(await errorOf(migrate(file, more))).toMatchObject({ kind: 'changed' });
});

test('a migration that Prisma left unfinished is refused, one that it marked as rolled back is applied again', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  await migrate(file);
  const more = withMigration(folder.file('more'), '99990101000000_more', 'CREATE TABLE more (id INTEGER)');
  {
    using other = otherProcess(file);
    other.raw.exec(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', 'c', '99990101000000_more')`,
    );
  }
  expect(await errorOf(migrate(file, more))).toMatchObject({ kind: 'failed' });
  {
    using other = otherProcess(file);
    other.raw.exec(`UPDATE _prisma_migrations SET rolled_back_at = 1 WHERE id = '1'`);
  }
  expect(await migrate(file, more)).toEqual(['99990101000000_more']);
});

test('a migration that fails leaves no trace, and those before it stay', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  const bad = withMigration(
    folder.file('bad'),
    '99990101000000_bad',
    'CREATE TABLE half (id INTEGER); SELECT nonsense',
  );
  expect(await errorOf(migrate(file, bad))).toMatchObject({ kind: 'apply' });
  expect(objects(file)).not.toContainEqual(expect.objectContaining({ name: 'half' }));
  expect(await migrate(file)).toEqual([]);
});

test('a migration that leaves orphans is refused, one that rebuilds a parent table keeps its children', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  await migrate(file);
  {
    using other = otherProcess(file);
    other.raw.exec(`
      INSERT INTO users (id, email, password_hash, created_at) VALUES (1, 'a@example.org', '', '');
      INSERT INTO chats (user_id, created_at, last_message_at) VALUES (1, '', '')`);
  }
  const orphans = withMigration(folder.file('orphans'), '99990101000000_orphans', 'DELETE FROM users');
  expect(await errorOf(migrate(file, orphans))).toMatchObject({ kind: 'apply' });

  const rebuild = withMigration(
    folder.file('rebuild'),
    '99990101000000_rebuild',
    `PRAGMA foreign_keys=OFF;
     CREATE TABLE new_users AS SELECT * FROM users;
     DROP TABLE users;
     CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL);
     INSERT INTO users SELECT id, email FROM new_users;
     DROP TABLE new_users;
     PRAGMA foreign_keys=ON;`,
  );
  expect(await migrate(file, rebuild)).toEqual(['99990101000000_rebuild']);
  using other = otherProcess(file);
  expect(other.raw.prepare('SELECT count(*) FROM chats').pluck().get()).toBe(1);
});

test('what was stored before pairs of characters were indexed is found by them, and nothing is lost', async () => {
  using folder = temporaryFolder();
  const before = folder.file('before');
  for (const name of known.filter((each) => !each.endsWith('_search_pairs')))
    cpSync(path.join(migrationsFolder, name), path.join(before, name), { recursive: true });
  const file = folder.file('a.db');
  await migrate(file, before);
  {
    using other = otherProcess(file);
    const add = other.raw.prepare(
      `INSERT INTO search_entries (rowid, owner, text, chat_id) VALUES (?, 'u1', ?, 1)`,
    );
    add.run(-1, '关于人工智能');
    for (let id = 1; id <= 450; id += 1) add.run(id, id % 100 === 0 ? `第${id}号机器人` : `number ${id}`);
  }
  expect(await migrate(file)).toEqual(['20261125155500_search_pairs']);
  using other = otherProcess(file);
  const found = (table: string, match: string) =>
    other.raw.prepare(`SELECT rowid FROM ${table} WHERE ${table} MATCH ? ORDER BY rowid`).pluck().all(match);
  expect(found('search_pairs', 'text:"机器 器人"')).toEqual([100, 200, 300, 400]);
  expect(found('search_pairs', 'owner:u1 AND text:"智能"')).toEqual([-1]);
  expect(found('search_entries', 'number')).toHaveLength(446);
  expect(found('search_entries', 'owner:u1')).toHaveLength(451);
  expect(found('search_entries', '300')).toEqual([300]);
});

test('a folder without migrations is reported before the file is made', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.file('none'));
  expect(await errorOf(migrate(folder.file('a.db'), folder.file('none')))).toMatchObject({ kind: 'missing' });
  expect(await errorOf(migrate(folder.file('a.db'), folder.file('nowhere')))).toMatchObject({
    kind: 'missing',
  });
});

test('processes that open a new database at the same time all succeed, and one of them migrates', async () => {
  using folder = temporaryFolder();
  const file = folder.file('a.db');
  const children = [1, 2, 3].map(() =>
    fork(new URL('open-once.ts', import.meta.url), [`file:${file}`], { stdio: 'inherit', execArgv: [] }),
  );
  // All are loaded before the first may begin.
  await Promise.all(children.map(async (child) => await once(child, 'message')));
  const answers = children.map(async (child) => (await once(child, 'message'))[0]);
  for (const child of children) child.send('go');
  const applied = await Promise.all(answers);
  expect(applied.flat()).toHaveLength(known.length);
  expect(applied.flat()).toEqual(expect.arrayContaining([...known]));
});
