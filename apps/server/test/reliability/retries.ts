import path from 'node:path';

import { says, scriptedAiBackend } from '@amanda/ai-client/scripted';
import { faultProxy, signUp, spawnServer, temporaryFolder, trpcClient } from '@amanda/testing';
import Sqlite from 'better-sqlite3';

import { type Repeats, untilAnswered } from './patience.ts';

/** What became of sends whose answers were lost on the way. */
export interface RetryCount {
  readonly sends: number;
  /** Requests beyond the first of a send. */
  readonly retries: number;
  /** How often each question is stored: `{"1": sends}` when all is well. */
  readonly questionsStored: Readonly<Record<string, number>>;
  /** How many answers each question got. */
  readonly answersStored: Readonly<Record<string, number>>;
  /** Sends whose last answer names another message than the stored one. */
  readonly misnamed: number;
}

/** Sends questions through a proxy that loses a good part of the answers, each until an answer came. */
export async function retriedSends(options: {
  sends: number;
  seed: number;
  /** The share of answers that is lost. Default 0.4. */
  lost?: number;
  /** Sends under way at once, each in chats of its own user. Default 20. */
  atOnce?: number;
  onSend?: (sent: number) => void;
}): Promise<RetryCount> {
  const { sends, lost = 0.4, atOnce = 20 } = options;
  await using parts = new AsyncDisposableStack();
  const backend = parts.use(await scriptedAiBackend(says('Yes.')));
  const folder = parts.use(await temporaryFolder());
  const server = parts.use(
    await spawnServer({
      dataDir: folder.path,
      env: { GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) },
    }),
  );
  const proxy = parts.use(await faultProxy({ target: server, seed: options.seed }));
  const url = `http://${proxy.host}:${proxy.port}`;
  const repeats: Repeats = { calls: 0, attempts: 0 };
  const told = new Map<string, number>();
  let next = 0;

  const users = [];
  for (let index = 0; index < atOnce; index += 1)
    users.push(await signUp(server.url, `${index}@example.org`));
  proxy.shape({ lostAnswers: lost });
  const work = async (cookie: string) => {
    await using client = trpcClient({ url, cookie });
    while (next < sends) {
      // A new chat now and then, so that none grows long.
      const chat = await untilAnswered((clientId) => client.api.chat.create.mutate({ clientId }));
      for (let turn = 0; turn < 20 && next < sends; turn += 1) {
        const text = `question ${(next += 1)}`;
        const { questionId } = await untilAnswered(
          (clientId) => client.api.message.send.mutate({ chatId: chat.id, text, clientId }),
          { repeats, pauseMs: 2 },
        );
        told.set(text, questionId);
        options.onSend?.(told.size);
      }
    }
  };
  await Promise.all(users.map(({ cookie }) => work(cookie)));
  await server.kill('SIGTERM');
  return { sends: told.size, retries: repeats.attempts - repeats.calls, ...stored(folder.path, told) };
}

function stored(dataDir: string, told: ReadonlyMap<string, number>) {
  const file = new Sqlite(path.join(dataDir, 'amanda.db'), { readonly: true });
  try {
    const rows = file
      .prepare<[], { id: number; content: string; answers: number }>(
        `SELECT id, content, (SELECT count(*) FROM messages a WHERE a.reply_to = q.id) AS answers
         FROM messages q WHERE role = 'user'`,
      )
      .all();
    const byText = Map.groupBy(rows, ({ content }) => content);
    const questionsStored: Record<string, number> = {};
    const answersStored: Record<string, number> = {};
    let misnamed = 0;
    for (const [text, questionId] of told) {
      const found = byText.get(text) ?? [];
      questionsStored[found.length] = (questionsStored[found.length] ?? 0) + 1;
      for (const { answers } of found) answersStored[answers] = (answersStored[answers] ?? 0) + 1;
      if (found[0]?.id !== questionId) misnamed += 1;
    }
    return { questionsStored, answersStored, misnamed };
  } finally {
    file.close();
  }
}
