import { expect, test, vi } from 'vitest';
import { AiError, createAiClient } from '../src/index.ts';
import { keepaliveTimeMs } from '../src/keepalive.ts';
import { answerOf, question, rejection, textOf } from './fixtures/asking.ts';
import { hasPythonGrpc, pythonBackend } from './fixtures/python-backend.ts';

const title = hasPythonGrpc ? '' : ' (SKIPPED: python3-grpcio is not installed for /usr/bin/python3)';

test.skipIf(!hasPythonGrpc)(`a Python backend answers and refuses${title}`, async () => {
  await using backend = await pythonBackend();
  await using client = createAiClient(backend);

  expect(textOf(await answerOf(client, { ...question, message: 'pieces' }))).toBe('Grüße aus Python');
  expect(await rejection(answerOf(client, { ...question, message: 'refuse' }))).toMatchObject({
    code: 'REJECTED',
    message: 'refused by Python',
  });
  expect(await client.health()).toBe('unknown');
});

// Python counts pings, not their rate: what holds in two seconds with short times holds in a minute with long ones.
test.skipIf(!hasPythonGrpc)(
  `a Python backend tolerates two pings in a silence, and ends the call at more${title}`,
  async () => {
    await using backend = await pythonBackend();
    await using client = createAiClient({ ...backend, keepaliveTimeMs: 900 });
    await using hasty = createAiClient({ ...backend, keepaliveTimeMs: 100 });
    const complaint = vi.spyOn(console, 'error').mockImplementation(() => {});
    const silent = { ...question, message: 'silence:2' };

    const [tolerated, ended] = await Promise.all([
      answerOf(client, silent),
      rejection(answerOf(hasty, silent)),
    ]);

    expect(textOf(tolerated)).toBe('Grüße aus Python');
    expect(ended).toBeInstanceOf(AiError);
    expect(complaint).toHaveBeenCalledWith(expect.stringContaining('excess pings'));
  },
);

test.each([
  [60_000, 60_000, 30_000],
  [60_000, 10_000, 30_000],
  [300_000, 60_000, 150_000],
  [60_000, 120_001, 60_001],
])('with waits of %d and %d ms the pings are %d ms apart', (first, silence, apart) => {
  expect(keepaliveTimeMs(first, silence)).toBe(apart);
});
