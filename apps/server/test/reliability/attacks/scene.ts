import path from 'node:path';

import { type ScriptedAiBackend, scriptedAiBackend } from '@amanda/ai-client/scripted';
import {
  followAnswer,
  signUp,
  spawnServer,
  type TestUser,
  temporaryFolder,
  trpcClient,
} from '@amanda/testing';
import Sqlite from 'better-sqlite3';

import { storyteller } from '../story.ts';
import type { Scene } from './attack.ts';

/** What all attacks share: a data folder full of text, and the AI backend. */
export interface Ground extends Omit<Scene, 'server' | 'signal'>, AsyncDisposable {
  readonly dataDir: string;
  readonly backend: ScriptedAiBackend;
  /** The other user, whose calls are measured, and a small chat of hers. */
  readonly ada: TestUser;
  readonly adasChat: number;
}

/** As long as a question may be, in characters. */
const LONG = 200_000;

/** Fills a data folder with what attackers ask for: long messages, many versions, many messages, many chats. */
export async function prepareGround(): Promise<Ground> {
  await using parts = new AsyncDisposableStack();
  const backend = parts.use(await scriptedAiBackend(storyteller));
  const folder = parts.use(await temporaryFolder());
  const env = { GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) };
  await using server = await spawnServer({ dataDir: folder.path, env });
  const ada = await signUp(server.url, 'ada@example.org');
  const mallory = await signUp(server.url, 'mallory@example.org');
  const hoarder = await signUp(server.url, 'hoarder@example.org');

  const adasChat = await converse(server.url, ada, ['a 1 0 8', 'b 1 0 8', 'c 1 0 8']);
  const long = (index: number) => `${index} 1 0 8 `.padEnd(LONG, 'lorem ipsum ');
  const longChat = await converse(
    server.url,
    mallory,
    Array.from({ length: 50 }, (_, index) => long(index)),
  );
  const edited = await editAgain(server.url, mallory, long);
  const emptyChat = await converse(server.url, mallory, []);
  const hoard = await converse(server.url, hoarder, ['d 1 0 8']);
  await server.kill('SIGTERM');

  const file = new Sqlite(path.join(folder.path, 'amanda.db'));
  file.exec('PRAGMA synchronous = OFF; BEGIN');
  makeLong(file, longChat, long(0));
  fill(file, { chat: emptyChat, owner: mallory.id, messages: 100_000, chats: 1 });
  fill(file, { chat: hoard, owner: hoarder.id, messages: 50_000, chats: 2_000 });
  file.exec('COMMIT');
  file.close();
  const kept = parts.move();
  return {
    dataDir: folder.path,
    backend,
    ada,
    adasChat,
    mallory,
    hoarder,
    longChat,
    edited,
    emptyChat,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Asks questions in a new chat, one after another's answer. @returns the chat */
async function converse(url: string, user: TestUser, questions: readonly string[]): Promise<number> {
  await using client = trpcClient({ url, cookie: user.cookie });
  const { id: chatId } = await client.api.chat.create.mutate({});
  for (const text of questions) {
    const sent = await client.api.message.send.mutate({ chatId, text });
    using answer = followAnswer(client, sent);
    await answer.ended;
  }
  return chatId;
}

/** Edits a question 20 times, with long texts. @returns its newest version */
async function editAgain(url: string, user: TestUser, textOf: (index: number) => string): Promise<number> {
  await using client = trpcClient({ url, cookie: user.cookie });
  const { id: chatId } = await client.api.chat.create.mutate({});
  let sent = await client.api.message.send.mutate({ chatId, text: textOf(0) });
  for (let index = 1; index <= 20; index += 1) {
    using answer = followAnswer(client, sent);
    await answer.ended;
    sent = await client.api.message.edit.mutate({ messageId: sent.questionId, text: textOf(index) });
  }
  using answer = followAnswer(client, sent);
  await answer.ended;
  return sent.questionId;
}

/** Makes the answers of a chat as long as its questions. */
function makeLong(file: Sqlite.Database, chatId: number, text: string): void {
  file.prepare("UPDATE messages SET content = ? WHERE chat_id = ? AND role <> 'user'").run(text, chatId);
}

/** Writes messages, found by a search as if they had been sent, spread over a chat and copies of it. */
function fill(
  file: Sqlite.Database,
  options: { chat: number; owner: number; messages: number; chats: number },
): void {
  const columns = (table: string) =>
    file
      .prepare<[], { name: string }>(`SELECT name FROM pragma_table_info('${table}') WHERE name <> 'id'`)
      .all()
      .map(({ name }) => name)
      .join(', ');
  const copyChat = file.prepare(
    `INSERT INTO chats (${columns('chats')}) SELECT ${columns('chats')} FROM chats WHERE id = ?`,
  );
  const chats = [options.chat];
  while (chats.length < options.chats) chats.push(Number(copyChat.run(options.chat).lastInsertRowid));
  const message = file.prepare(
    `INSERT INTO messages (chat_id, role, content, timestamp)
     VALUES (?, 'user', ?, (SELECT created_at FROM chats WHERE id = ?))`,
  );
  const entry = file.prepare('INSERT INTO search_entries (rowid, owner, text, chat_id) VALUES (?, ?, ?, ?)');
  for (let index = 0; index < options.messages; index += 1) {
    const chat = chats[index % chats.length] ?? options.chat;
    const text = `message ${index} e about everything else, written by somebody who has a lot to say`;
    const { lastInsertRowid } = message.run(chat, text, chat);
    entry.run(lastInsertRowid, `u${options.owner}`, text, chat);
  }
  file.exec(
    `UPDATE chats SET last_message_id = coalesce((SELECT max(id) FROM messages WHERE chat_id = chats.id), 0)`,
  );
}
