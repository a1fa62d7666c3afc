import { spawnServer } from '@amanda/testing';
import { expect, it } from 'vitest';

it('answers whoever asks while it starts, and is not harmed', async () => {
  await using before = await spawnServer();
  const { dataDir, port } = before;
  const url = before.url;
  await before.kill();

  const answers = new Set<number | string>();
  const ready = new AbortController();
  const knock = async () => {
    while (!ready.signal.aborted) {
      const answer = await fetch(`${url}/health`).then(
        ({ status }) => status,
        () => 'refused',
      );
      answers.add(answer);
    }
  };
  const knocking = Promise.all(Array.from({ length: 3 }, knock));
  try {
    await using again = await spawnServer({ dataDir, env: { PORT: String(port) } });
    expect((await fetch(`${again.url}/health`)).status).toBe(200);
  } finally {
    ready.abort();
    await knocking;
  }
  expect([...answers].filter((answer) => answer !== 'refused' && answer !== 503 && answer !== 200)).toEqual(
    [],
  );
});
