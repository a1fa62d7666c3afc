import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { expect, test } from 'vitest';
import { createFakeClock } from '../../test/fake-clock.ts';
import { createMemoryLog } from '../../test/memory-log.ts';
import { silentLog } from '../log/log.ts';
import { linkTo, writeLetter } from './letters.ts';
import { createMailer } from './mailer.ts';
import { createOutboxTransport, createSmtpTransport, type MailTransport } from './transports.ts';

const publicUrl = 'https://amanda.example/app';
const from = 'Amanda <amanda@amanda.example>';

async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'amanda-mail-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** A real SMTP server on a free port. `refuse` makes it answer 451 to the next mails. */
async function smtpServer(user?: { name: string; password: string }) {
  const received: { from: string; to: string[]; raw: string }[] = [];
  const state = { refuse: 0 };
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', ...(user === undefined ? ['AUTH'] : [])],
    authOptional: user === undefined,
    onAuth: (auth, _session, done) => {
      const right = auth.username === user?.name && auth.password === user?.password;
      if (right) done(null, { user: auth.username });
      else done(new Error('wrong password'));
    },
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        if (state.refuse > 0) {
          state.refuse -= 1;
          done(Object.assign(new Error('try later'), { responseCode: 451 }));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(parts).toString(),
        });
        done();
      });
    },
  });
  const listening = server.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const address = listening.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    state,
    received,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

test('a mail reaches a real SMTP server, as text and HTML, from and to the right people', async () => {
  await using server = await smtpServer({ name: 'me', password: 'p@ss:word' });
  const transport = createSmtpTransport({ url: `smtp://me:p%40ss%3Aword@127.0.0.1:${server.port}`, from });
  const mailer = createMailer({ transport, publicUrl, clock: createFakeClock(), log: silentLog });
  mailer.send('ada@example.com', { kind: 'reset', token: 'T0KEN' });
  await mailer.close();
  expect(server.received).toMatchObject([{ from: 'amanda@amanda.example', to: ['ada@example.com'] }]);
  const raw = (server.received[0]?.raw ?? '').replaceAll('=\r\n', '').replaceAll('=3D', '=');
  expect(raw).toContain('From: Amanda <amanda@amanda.example>');
  expect(raw).toContain('Subject: Choose a new password for Amanda');
  expect(raw).toContain('Auto-Submitted: auto-generated');
  expect(raw).toContain('Content-Type: text/plain');
  expect(raw).toContain('Content-Type: text/html');
  expect(raw.split('https://amanda.example/app/reset-password#token=T0KEN')).toHaveLength(3);
});

test('a mail that a server refuses for now is tried again, and given up in the end', async () => {
  await using server = await smtpServer();
  const clock = createFakeClock();
  const log = createMemoryLog();
  const transport = createSmtpTransport({ url: `smtp://127.0.0.1:${server.port}`, from });
  const mailer = createMailer({ transport, publicUrl, clock, log });
  server.state.refuse = 1;
  mailer.send('ada@example.com', { kind: 'verify', token: 'T0KEN' });
  await expect.poll(() => clock.pending, { interval: 1 }).toBe(1);
  clock.advance(1000);
  await mailer.idle();
  expect(server.received).toHaveLength(1);
  server.state.refuse = 100;
  mailer.send('ada@example.com', { kind: 'verify', token: 'T0KEN' });
  for (const pause of [1000, 10_000, 60_000]) {
    await expect.poll(() => clock.pending, { interval: 1 }).toBe(1);
    clock.advance(pause);
  }
  await mailer.idle();
  expect(log.lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn', 'warn', 'error']);
  expect(JSON.stringify(log.lines)).not.toContain('T0KEN');
  await mailer.close();
});

test('closing tries what waits once more and then drops it', async () => {
  const clock = createFakeClock();
  const tries: string[] = [];
  let closed = false;
  const transport: MailTransport = {
    deliver: ({ to }) => {
      tries.push(to);
      return tries.length === 3 ? Promise.resolve() : Promise.reject(new Error('no server'));
    },
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
  const log = createMemoryLog();
  const mailer = createMailer({ transport, publicUrl, clock, log });
  mailer.send('one@example.com', { kind: 'passwordChanged' });
  mailer.send('two@example.com', { kind: 'passwordChanged' });
  await expect.poll(() => clock.pending, { interval: 1 }).toBe(2);
  await mailer.close();
  expect(tries).toHaveLength(4);
  expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  expect(closed).toBe(true);
  mailer.send('three@example.com', { kind: 'passwordChanged' });
  expect(tries).toHaveLength(4);
});

test('a mail server that never answers does not hold up the end', async () => {
  const log = createMemoryLog();
  const clock = createFakeClock();
  let closed = false;
  const transport = {
    deliver: () => new Promise<void>(() => {}),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
  const mailer = createMailer({ transport, publicUrl, clock, log });
  mailer.send('ada@example.com', { kind: 'passwordChanged' });
  const closing = mailer.close();
  clock.advance(1999);
  await Promise.resolve();
  expect(closed).toBe(false);
  clock.advance(1);
  await closing;
  expect(closed).toBe(true);
  expect(log.lines).toMatchObject([{ level: 'error', fields: { mails: 1 } }]);
});

test('an address cannot add headers or recipients', async () => {
  await using server = await smtpServer();
  const transport = createSmtpTransport({ url: `smtp://127.0.0.1:${server.port}`, from });
  const attacks = [
    'a@example.com\r\nBcc: all@example.com',
    'a@example.com, b@example.com',
    'a@example.com>\r\nDATA',
  ];
  for (const to of attacks) {
    await transport
      .deliver({ ...writeLetter('x@example.com', { kind: 'passwordChanged' }, publicUrl), to })
      .catch(() => {});
  }
  for (const { raw, to } of server.received) {
    expect(to.length).toBeLessThanOrEqual(1);
    expect(raw).not.toMatch(/^bcc:/im);
    expect(to).not.toContain('all@example.com');
  }
  await transport.close();
});

test('without a mail server, mails become files that only their owner can read, and the log says where', async () => {
  await using folder = await temporaryFolder();
  const directory = path.join(folder.path, 'outbox');
  const log = createMemoryLog();
  const clock = createFakeClock();
  const transport = createOutboxTransport({ directory, from, clock, log });
  const mailer = createMailer({ transport, publicUrl, clock, log });
  mailer.send('ada@example.com', { kind: 'verify', token: 'T0KEN' });
  await mailer.close();
  const [name = '', ...others] = await readdir(directory);
  expect(others).toEqual([]);
  expect(name).toMatch(/^2026-11-23T00-00-00\.000Z-.*\.eml$/);
  const file = path.join(directory, name);
  const raw = (await readFile(file, 'utf8')).replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=');
  expect(raw).toContain('To: ada@example.com');
  expect(raw).toContain('/verify-email#token=T0KEN');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect(log.lines).toMatchObject([{ level: 'info', fields: { file } }]);
  expect(JSON.stringify(log.lines)).not.toContain('T0KEN');
});

test('links stay below the path of the web app, and HTML is escaped', () => {
  expect(linkTo('https://a.example', 'verify-email', 'x&y')).toBe(
    'https://a.example/verify-email#token=x%26y',
  );
  expect(linkTo('https://a.example/app/', 'forgot-password')).toBe('https://a.example/app/forgot-password');
  const { html } = writeLetter('a@b.cd', { kind: 'reset', token: `"'<&>` }, publicUrl);
  expect(html).not.toMatch(/token=[^"]*[<>']/);
});
