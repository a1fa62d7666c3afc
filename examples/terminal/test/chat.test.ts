import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startTestServer, trpcClient } from '@amanda/testing';
import { describe, expect, it } from 'vitest';

const script = path.join(import.meta.dirname, '../src/chat.ts');

/** Runs the script with some lines as its input, as a person would type them. */
async function chat(args: string[], lines: string): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, ['--conditions=development', script, ...args]);
  let out = '';
  let err = '';
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
  child.stdin.end(lines);
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

describe('a chat in the terminal', () => {
  it('writes the answers below the questions', async () => {
    await using server = await startTestServer({
      async *script(request) {
        yield 'You said: ';
        yield request.message;
      },
    });
    const user = await server.signUp();
    await using browser = trpcClient({ url: server.url, cookie: user.cookie });
    const { secret } = await browser.api.auth.tokens.create.mutate({ name: 'terminal' });

    const { code, out } = await chat(['--url', server.url, '--token', secret], 'Hello\nAnd again\n');
    expect(out).toBe('You said: Hello\nYou said: And again\n');
    expect(code).toBe(0);
  });

  it('says so when the token opens nothing', async () => {
    await using server = await startTestServer();
    const { code, err } = await chat(['--url', server.url, '--token', 'wrong'], 'Hello\n');
    expect(err).toContain('Authentication required');
    expect(code).toBe(1);
  });
});
