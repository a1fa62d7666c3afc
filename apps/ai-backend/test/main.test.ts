import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createAiClient } from '@amanda/ai-client';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

function start(variables: Record<string, string>) {
  const child = spawn(process.execPath, [main], { env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, exited: once(child, 'exit') };
}

test.each([
  [{ AI_PORT: 'many' }, 'AI_PORT must be a port number'],
  [{ AI_PORT: '65536' }, 'AI_PORT must be at most 65535'],
  [{ AI_PROVIDER: 'chatgpt' }, 'AI_PROVIDER must be offline, openai or anthropic'],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be fatal, error, warn, info, debug, trace or silent'],
  [{ ANTHROPIC_API_KEY: 'k' }, "ANTHROPIC_MODEL must be set: the model's name, as Anthropic lists it"],
])('%j stops the start with one line and exit code 1', async (variables: Record<string, string>, line) => {
  const { child, exited } = start(variables);

  const [written] = await Promise.all([text(child.stderr), exited]);

  expect(written).toBe(`${line}\n`);
  expect(child.exitCode).toBe(1);
});

test('with nothing configured it serves the offline provider, and ends at SIGTERM with 0', async () => {
  const { child, exited } = start({ AI_PORT: '0' });
  const [line] = await once(createInterface(child.stdout), 'line');
  const listening: { host: string; port: number; provider: string } = JSON.parse(String(line));
  expect(listening).toMatchObject({ host: '127.0.0.1', provider: 'offline' });
  await using client = createAiClient(listening);
  const { signal } = new AbortController();

  expect(await client.health()).toBe('serving');
  for await (const piece of client.stream(
    { userId: 1, chatId: 1, message: 'Hello', history: [] },
    { signal },
  )) {
    expect(piece.text).toBe('Hello.');
    break;
  }
  child.kill('SIGTERM');

  expect(await exited).toEqual([0, null]);
});
