import { execFile, execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { openForTest } from '@amanda/db/temporary';
import { spawnServer, temporaryFolder } from '@amanda/testing';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';

import { makePythonDatabase, oldPassword } from './python-database.ts';

const main = path.join(import.meta.dirname, '../../src/main.ts');

/** Runs a command as an operator does, in a folder with a `.env`. */
async function amanda(cwd: string, ...args: string[]) {
  const command = promisify(execFile)(process.execPath, ['--conditions=development', main, ...args], {
    cwd,
    env: {},
  });
  return await command.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

const logIn = (url: string, email: string) =>
  fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: oldPassword }),
  });

describe('the way over from the Python service', () => {
  it('leads from an old .env to a login with the old password', async () => {
    await using folder = await temporaryFolder();
    const dataDir = path.join(folder.path, 'data');
    makePythonDatabase(path.join(folder.path, 'amanda.db'), {
      users: 3,
      chatsPerUser: 1,
      messagesPerChat: 2,
    });
    const env = 'FLASK_PORT=0\nSESSION_TYPE=filesystem\nSECRET_KEY=dev-secret-key\n';
    await writeFile(path.join(folder.path, '.env'), `${env}DATABASE_URL=sqlite:///amanda.db\n`);

    const adopted = await amanda(folder.path, 'adopt', 'amanda.db');
    expect(adopted).toMatchObject({ code: 0, stdout: expect.stringContaining('messages 6 added') });
    expect(adopted.stdout).toContain('take it out of .env');
    expect(adopted.stderr).toContain('messages 6 of 6');

    await writeFile(path.join(folder.path, '.env'), env);
    await using server = await spawnServer({ dataDir, cwd: folder.path });
    for (const email of ['user1@example.org', ' User2@example.org', 'user3@example.org']) {
      expect(await (await logIn(server.url, email)).json()).toMatchObject({ success: true });
    }
    const busy = await amanda(folder.path, 'adopt', 'amanda.db');
    expect(busy).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^DATA_DIR .* in use .*\n$/),
    });
  });
});

describe('the operator', () => {
  it.each(['short', 'x'.repeat(120)])(
    'acts on a server that runs, in a folder with a %s name',
    async (name) => {
      await using folder = await temporaryFolder();
      const dataDir = path.join(folder.path, name);
      const env = `DATA_DIR=${dataDir}\nRATE_LIMITS=off\n`;
      await writeFile(path.join(folder.path, '.env'), env);
      const email = 'ada@example.org';
      const password = 'correct horse battery';
      const post = (url: string, route: string) =>
        fetch(`${url}/api/auth/${route}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email, password }),
        });
      {
        await using server = await spawnServer({ dataDir, cwd: folder.path });
        expect(statSync(path.join(dataDir, 'admin.sock')).mode & 0o777).toBe(0o600);
        const made = await post(server.url, 'signup');
        const cookie = made.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
        const profile = () => fetch(`${server.url}/api/user/profile`, { headers: { cookie } });
        expect((await profile()).status).toBe(200);
        expect(await amanda(folder.path, 'disable-account', email)).toMatchObject({ code: 0, stderr: '' });
        expect((await profile()).status).toBe(401);
        expect((await post(server.url, 'login')).status).toBe(403);
        expect(await amanda(folder.path, 'enable-account', 'ADA@example.org')).toMatchObject({
          code: 0,
          stderr: '',
        });
        expect((await post(server.url, 'login')).status).toBe(200);
        expect((await amanda(folder.path, 'end-sessions', email)).stdout).toBe(
          '1 session and 0 tokens ended.\n',
        );
        const nobody = await amanda(folder.path, 'disable-account', 'nobody@example.org');
        expect(nobody).toMatchObject({ code: 1, stderr: 'There is no account with this e-mail address.\n' });
        await server.kill(); // leaves its socket behind
      }
      expect((await amanda(folder.path, 'end-sessions', email)).stdout).toBe(
        '0 sessions and 0 tokens ended.\n',
      );
      {
        await using server = await spawnServer({ dataDir, cwd: folder.path });
        expect((await amanda(folder.path, 'create-admin', email)).stdout).toContain('is an admin');
        expect(await server.kill('SIGTERM')).toBe(0);
      }
      expect(existsSync(path.join(dataDir, 'admin.sock'))).toBe(false);
    },
  );

  it('makes admins while no server runs', async () => {
    await using folder = await temporaryFolder();
    const made = await amanda(folder.path, 'create-admin', 'Boss@example.org');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('boss@example.org is an admin') });
    expect(made.stdout).toMatch(/http:\/\/127\.0\.0\.1:5000\/reset-password#token=[\w-]{43}\n$/);
    const again = await amanda(folder.path, 'create-admin', 'boss@example.org');
    expect(again.stdout).not.toContain('token');
  });

  it.each([
    ['create-admin', 'nobody', 'This is not an e-mail address.\n'],
    ['disable-account', 'nobody@example.org', 'There is no account with this e-mail address.\n'],
    ['enable-account', 'nobody@example.org', 'There is no account with this e-mail address.\n'],
    ['end-sessions', 'nobody@example.org', 'There is no account with this e-mail address.\n'],
  ])('is told in one line why %s %s cannot be done', async (command, email, stderr) => {
    await using folder = await temporaryFolder();
    expect(await amanda(folder.path, command, email)).toMatchObject({ code: 1, stdout: '', stderr });
  });

  it('is told in one line that what is to be adopted is no file, or holds an id twice', async () => {
    await using folder = await temporaryFolder();
    const place = (name: string) => path.join(folder.path, name);
    await mkdir(place('a-folder'));
    execFileSync('mkfifo', [place('a-pipe')]);
    for (const name of ['a-folder', 'a-pipe']) {
      const refused = await amanda(folder.path, 'adopt', name);
      expect(refused).toMatchObject({ code: 1, stderr: `${place(name)} is not a file.\n` });
    }
    const old = new Sqlite(place('old.db'));
    old.exec(`CREATE TABLE users (id INTEGER, email TEXT, password_hash TEXT, created_at DATETIME);
      CREATE TABLE chats (id INTEGER, user_id INTEGER, title TEXT, created_at DATETIME);
      CREATE TABLE messages (id INTEGER, chat_id INTEGER, role TEXT, content TEXT, timestamp DATETIME);
      INSERT INTO chats VALUES (7, 1, 'one', '2024-01-01 00:00:00'), (7, 1, 'two', '2024-01-01 00:00:00');`);
    old.close();
    const doubled = await amanda(folder.path, 'adopt', 'old.db');
    expect(doubled).toMatchObject({
      code: 1,
      stderr: `${place('old.db')} has the id 7 in chats more than once.\n`,
    });
  });

  it('is told in one line that .env is no file', async () => {
    await using folder = await temporaryFolder();
    await mkdir(path.join(folder.path, '.env'));
    const stderr = '.env in the working directory cannot be read.\n';
    for (const command of ['doctor', 'migrate']) {
      expect(await amanda(folder.path, command)).toMatchObject({ code: 1, stdout: '', stderr });
    }
  });

  it('logs an account out everywhere', async () => {
    await using folder = await temporaryFolder();
    const url = `file:${path.join(folder.path, 'data', 'amanda.db')}`;
    await amanda(folder.path, 'create-admin', 'boss@example.org');
    {
      await using db = await openForTest({ url });
      const [createdAt, expiresAt] = [new Date(), new Date(Date.now() + 3_600_000)];
      const row = { userId: 1, createdAt, lastUsedAt: createdAt, expiresAt };
      await db.prisma.session.createMany({ data: ['one', 'two'].map((id) => ({ ...row, id })) });
    }
    const { stdout } = await amanda(folder.path, 'end-sessions', 'boss@example.org');
    expect(stdout).toBe('2 sessions and 0 tokens ended.\n');
    await using db = await openForTest({ url });
    expect(await db.prisma.session.count()).toBe(0);
  });

  it('learns from the doctor what is used, unused and unsafe', async () => {
    await using folder = await temporaryFolder();
    await writeFile(
      path.join(folder.path, '.env'),
      [
        'SECRET_KEY=change-me',
        'SESSION_TYPE=filesystem',
        'TYPO_HOST=x',
        'FLASK_HOST=0.0.0.0',
        'PASSWORD_HASH_ROUNDS=1000',
        'GRPC_AI_BACKEND_PORT=1',
        'CORS_ORIGINS=http://chat.example.org',
      ].join('\n'),
    );
    const { code, stdout } = await amanda(folder.path, 'doctor');
    expect(code).toBe(1);
    for (const line of [
      /^✓ Used: FLASK_HOST, SECRET_KEY, GRPC_AI_BACKEND_PORT, CORS_ORIGINS, PASSWORD_HASH_ROUNDS$/mu,
      /^· SESSION_TYPE is of the Python service and is not used$/mu,
      /^· TYPO_HOST in \.env is not known/mu,
      /^✗ SECRET_KEY is short/mu,
      /^✗ HOST 0\.0\.0\.0 is open to the network without PUBLIC_URL/mu,
      /^✗ CORS_ORIGINS lists http:\/\/chat\.example\.org/mu,
      /^✗ PASSWORD_HASH_ROUNDS 1000/mu,
      /^✗ The AI backend at localhost:1 is not reachable$/mu,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('is told by the doctor that a sound folder is sound', async () => {
    await using folder = await temporaryFolder();
    expect(await amanda(folder.path, 'migrate')).toMatchObject({ code: 0 });
    const sound = await amanda(folder.path, 'doctor');
    expect(sound.stdout).toMatch(/^✓ The database .* is whole and has the newest schema$/mu);
    expect(sound.stdout).not.toContain('✗');
    expect(sound.code).toBe(0);
  });
});
