// node scripts/smoke.mjs   does what a newcomer does: `npm start`, sign up, ask, read the answer; then ends the server,
// starts it again and finds the answer. Needs nothing but Node and npm; says what it saw, and exits with 1 at the first
// thing that is not as it should be. For machines on which nobody looks, such as those of the workflow.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { root } from './workspace.mjs';

const isWindows = process.platform === 'win32';
const folder = mkdtempSync(path.join(tmpdir(), 'amanda smoke ä '));
const port = await freePort();
const url = `http://127.0.0.1:${port}`;

let giveUp = () => {};
process.on('exit', () => giveUp());

const first = await start();
const signedUp = await post('/api/auth/signup', { email: 'ada@example.com', password: 'correct horse 9' });
assert.equal(signedUp.body.success, true);
const cookie = signedUp.cookie;
const chat = await post('/api/chat/create', {}, cookie);
const asked = { json: { chatId: chat.body.chat_id, text: 'My build is broken and I am tired.' } };
const { messageId } = (await post('/trpc/message.send', asked, cookie)).body.result.data.json;
const input = encodeURIComponent(JSON.stringify({ json: { messageId } }));
const stream = await fetch(`${url}/trpc/message.stream?input=${input}`, { headers: { cookie } });
assert.match(await stream.text(), /"type":"end","status":"complete"/);
say('signed up, asked, and read the answer to its end');
assert.match(await (await fetch(url, { headers: { accept: 'text/html' } })).text(), /<div id="root">/);
say('the page is served');
await end(first);

const second = await start();
const list = await fetch(`${url}/api/chat/${chat.body.chat_id}/messages`, { headers: { cookie } });
/** @type {any} */
const { messages } = await list.json();
assert.equal(messages.length, 2);
assert.ok(messages[1].content.length > 0);
say('after a second start the session still holds, and so does the answer');
await end(second);
rmSync(folder, { recursive: true });

async function start() {
  const env = { ...process.env, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: path.join(folder, 'data') };
  const begun = performance.now();
  const child = spawn('npm', ['start'], { cwd: root, env, stdio: 'inherit', shell: isWindows });
  giveUp = () => void child.kill();
  const over = once(child, 'exit').then(([code]) => assert.fail(`npm start ended with ${code}`));
  await Promise.race([ready(), over]);
  over.catch(() => {});
  say(`ready after ${Math.round(performance.now() - begun)} ms`);
  return child;
}

/** Windows knows no signal that a program could answer: there the whole tree is ended. */
async function end(/** @type {import('node:child_process').ChildProcess} */ child) {
  const over = once(child, 'exit');
  if (isWindows) spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F']);
  else child.kill('SIGTERM');
  const [code] = await over;
  giveUp = () => {};
  if (!isWindows) assert.equal(code, 0);
  say('the server has ended');
}

async function ready() {
  for (;;) {
    const answer = await fetch(`${url}/ready`).catch(() => null);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

async function post(/** @type {string} */ where, /** @type {object} */ body, cookie = '') {
  const headers = { 'content-type': 'application/json', cookie };
  const answer = await fetch(url + where, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${where}: ${answer.status}`);
  const [set = ''] = answer.headers.getSetCookie();
  /** @type {any} */
  const parsed = await answer.json();
  return { body: parsed, cookie: set.split(';', 1)[0] };
}

function say(/** @type {string} */ line) {
  process.stdout.write(`smoke: ${line}\n`);
}
