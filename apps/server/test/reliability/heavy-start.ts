import { statSync } from 'node:fs';
import path from 'node:path';

import { scriptedAiBackend, silence } from '@amanda/ai-client/scripted';
import { signUp, spawnServer, temporaryFolder, trpcClient } from '@amanda/testing';
import Sqlite from 'better-sqlite3';

import { answerTo, questionOf, storyteller } from './story.ts';

/** No user may ask for more at one time. */
const callsAtOnce = 20;

/** What a start cost after the worst end. */
export interface HeavyStartCount {
  readonly openRuns: number;
  readonly walBytes: number;
  /** From `exec` to serving, in milliseconds. */
  readonly readyMs: number;
  /** Messages and runs that count as being written once it serves, and that no living process writes. */
  readonly orphans: number;
  /** Messages that count as being written once it serves. */
  readonly streaming: number;
  /** Answers whose kept text is a beginning of what the model said, and is not empty. */
  readonly kept: number;
  /** How many answers were gone on with at the same time, at most. */
  readonly atOnce: number;
  /** Answers that were gone on with to their end. */
  readonly wentOn: number;
}

/**
 * Kills a server that writes many answers at once and could not clear its write-ahead log, and starts it again.
 * @param options.textLength what each answer has when the server is killed, at least, in UTF-16 code units
 */
export async function heavyStart(options: {
  openRuns: number;
  textLength: number;
  afterCrash: 'continue' | 'keep';
}): Promise<HeavyStartCount> {
  await using parts = new AsyncDisposableStack();
  const pieces = Math.ceil(options.textLength / 480);
  let goingOn = 0;
  let atOnce = 0;
  const crowded = Promise.withResolvers<void>();
  const backend = parts.use(
    await scriptedAiBackend(async function* (request, context) {
      if (request.continueFrom !== undefined) {
        goingOn += 1;
        atOnce = Math.max(atOnce, goingOn);
        if (goingOn === Math.min(20, options.openRuns)) crowded.resolve();
        try {
          for await (const piece of storyteller(request, context)) {
            yield piece;
            // However fast each is: they are counted when as many are under way as may be.
            await Promise.race([crowded.promise, silence(context.signal)]);
          }
        } finally {
          goingOn -= 1;
        }
        return;
      }
      let given = 0;
      for await (const piece of storyteller(request, context)) {
        // The end comes while every answer is open: the last pieces are never said.
        if (given === pieces) await silence(context.signal);
        given += 1;
        yield piece;
      }
    }),
  );
  const folder = parts.use(await temporaryFolder());
  const env = {
    GRPC_AI_BACKEND_HOST: backend.host,
    GRPC_AI_BACKEND_PORT: String(backend.port),
    MAX_RUNS: '100000',
    MAX_RUNS_PER_USER: '1000',
    AFTER_CRASH: options.afterCrash,
  };
  const database = path.join(folder.path, 'amanda.db');
  await using server = await spawnServer({ dataDir: folder.path, env });
  // Whoever reads an old state of the database keeps the log from being cleared, so that it grows.
  const reader = new Sqlite(database, { readonly: true });
  parts.defer(() => void reader.close());
  reader.exec('BEGIN; SELECT count(*) FROM users');

  const said = new Map<number, string>();
  for (let user = 0; said.size < options.openRuns; user += 1) {
    const { cookie } = await signUp(server.url, `${user}@example.org`);
    await using client = trpcClient({ url: server.url, cookie });
    const ask = async (index: number) => {
      const question = questionOf({ key: `h${index}`, pieces: pieces + 5, paceMs: 0, pieceLength: 490 });
      const chat = await client.api.chat.create.mutate({});
      const { messageId } = await client.api.message.send.mutate({ chatId: chat.id, text: question });
      said.set(messageId, answerTo(question));
    };
    const some = Math.min(500, options.openRuns - said.size);
    for (let first = 0; first < some; first += callsAtOnce) {
      const lot = Math.min(callsAtOnce, some - first);
      await Promise.all(Array.from({ length: lot }, (_, index) => ask(first + index)));
    }
  }
  const look = <Row>(sql: string, ...values: unknown[]): Row[] => {
    const file = new Sqlite(database, { readonly: true });
    try {
      return file.prepare<unknown[], Row>(sql).all(...values);
    } finally {
      file.close();
    }
  };
  const count = (sql: string, ...values: unknown[]): number =>
    look<{ n: number }>(`SELECT count(*) AS n FROM ${sql}`, ...values)[0]?.n ?? 0;
  const written = () => count('runs WHERE ended_at IS NULL AND length >= ?', options.textLength);
  while (written() < options.openRuns) await new Promise((resolve) => setTimeout(resolve, 20));
  const [dead] = look<{ claim: string }>('SELECT claim FROM runs LIMIT 1');
  await server.kill('SIGKILL');
  reader.close();
  const walBytes = statSync(`${database}-wal`).size;

  const executed = performance.now();
  await using again = await spawnServer({ dataDir: folder.path, env });
  const readyMs = Math.round(performance.now() - executed);
  const orphans =
    count('runs WHERE ended_at IS NULL AND claim = ?', dead?.claim) +
    count(
      `messages m WHERE m.status = 'streaming'
        AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.message_id = m.id AND r.ended_at IS NULL)`,
    );
  const streaming = count("messages WHERE status = 'streaming'");
  while (count('runs WHERE ended_at IS NULL') > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const rows = look<{ id: number; content: string; status: string }>(
    "SELECT id, content, status FROM messages WHERE role <> 'user'",
  );
  await again.kill('SIGTERM');
  return {
    openRuns: said.size,
    walBytes,
    readyMs,
    orphans,
    streaming,
    kept: rows.filter(
      ({ content, id }) => content.length >= options.textLength && said.get(id)?.startsWith(content) === true,
    ).length,
    atOnce,
    wentOn: rows.filter(({ content, id, status }) => status === 'complete' && said.get(id) === content)
      .length,
  };
}
