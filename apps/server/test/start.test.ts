import { once } from 'node:events';
import { chmod, copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { ServerEnded, spawnServer, temporaryFolder } from '@amanda/testing';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';

/** What a server says that does not start, and how it ends. */
async function refusal(options: Parameters<typeof spawnServer>[0]): Promise<ServerEnded> {
  const started = spawnServer(options).then(
    async (server) => {
      await server.kill();
      throw new Error('the server started');
    },
    (error: unknown) => error,
  );
  const error = await started;
  if (!(error instanceof ServerEnded)) throw error;
  return error;
}

/** Its one line. That limits are off, as these tests have them, is said besides once the port is bound. */
const oneLine = (error: ServerEnded): string => {
  const lines = error.output.filter((line) => !line.includes('RATE_LIMITS is off'));
  expect(lines).toHaveLength(1);
  expect(error.code).toBe(1);
  return lines[0] ?? '';
};

describe('a server that is started', () => {
  it('makes its folder, database and secret, and says where it is', async () => {
    await using folder = await temporaryFolder();
    const dataDir = path.join(folder.path, 'data');
    await using server = await spawnServer({ dataDir, cwd: folder.path });
    const ready = await fetch(`${server.url}/ready`);
    expect(await ready.json()).toEqual({ status: 'ready' });
    expect((await stat(path.join(dataDir, 'secret'))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(dataDir, 'amanda.db'))).size).toBeGreaterThan(0);
    const secret = (await readFile(path.join(dataDir, 'secret'), 'utf8')).trim();
    expect(server.output.join('\n')).not.toContain(secret);
    expect(await server.kill('SIGTERM')).toBe(0);
  });

  it('leaves a folder alone that another one uses', async () => {
    await using server = await spawnServer();
    const line = oneLine(await refusal({ dataDir: server.dataDir }));
    expect(line).toContain('DATA_DIR');
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  it('leaves a database outside its folder alone that another one uses', async () => {
    await using folder = await temporaryFolder();
    const env = { DATABASE_URL: `file:${path.join(folder.path, 'shared.db')}` };
    await using first = await spawnServer({ env });
    const error = await refusal({ env });
    expect(oneLine(error)).toMatch(/^DATABASE_URL .* is in use by another Amanda/);
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
  });

  it('starts at once in the folder of one that was killed', async () => {
    await using folder = await temporaryFolder();
    await using first = await spawnServer({ dataDir: folder.path });
    await first.kill('SIGKILL');
    await using second = await spawnServer({ dataDir: folder.path });
    expect((await fetch(`${second.url}/health`)).status).toBe(200);
  });

  it('hung for ever where no folder can be made', async () => {
    await using folder = await temporaryFolder();
    const line = oneLine(await refusal({ dataDir: '/proc/amanda', cwd: folder.path }));
    expect(line).toBe('DATA_DIR /proc/amanda cannot be written.');
  });

  it('says which variable to change when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const line = oneLine(await refusal({ env: { PORT: String(port) } }));
    taken.close();
    expect(line).toMatch(/^PORT .* is in use/);
    expect(line).toContain(String(port));
  });

  it('names a variable that is wrong', async () => {
    expect(oneLine(await refusal({ env: { PORT: '70000' } }))).toMatch(/^PORT must/);
  });

  it('reads .env from where it is started, and the environment before that', async () => {
    await using folder = await temporaryFolder();
    await writeFile(path.join(folder.path, '.env'), 'PORT=70000\nLOG_LEVEL=loud\n');
    const options = { dataDir: path.join(folder.path, 'data'), cwd: folder.path };
    expect(oneLine(await refusal({ ...options, env: { PORT: '0' } }))).toMatch(/^LOG_LEVEL must/);
  });

  it('never opens a database of the Python service for writing', async () => {
    await using folder = await temporaryFolder();
    const file = path.join(folder.path, 'amanda.db');
    const old = new Sqlite(file);
    for (const table of ['users', 'chats', 'messages'])
      old.exec(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY)`);
    old.close();
    await copyFile(file, `${file}.before`);
    await chmod(file, 0o600);
    const line = oneLine(await refusal({ dataDir: folder.path }));
    expect(line).toContain('Python service');
    expect(line).toContain(`npm run amanda -- adopt ${file}`);
    expect(await readFile(file)).toEqual(await readFile(`${file}.before`));
  });
});
