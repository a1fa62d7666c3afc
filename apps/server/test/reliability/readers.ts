import { scriptedAiBackend } from '@amanda/ai-client/scripted';
import { signUp, spawnServer, trpcClient } from '@amanda/testing';

import { createScreen } from './screen.ts';
import { answerTo, questionOf, storyteller } from './story.ts';

/** What many readers of one answer were shown. */
export interface ReadersCount {
  readonly readers: number;
  readonly said: number;
  /** How many were shown all of it, and nothing else. */
  readonly whole: number;
  readonly breaches: readonly string[];
}

const READERS_PER_SOCKET = 20;

/** Has many subscriptions follow one answer while it is being written. */
export async function manyReaders(options: { readers: number; pieces: number }): Promise<ReadersCount> {
  await using parts = new AsyncDisposableStack();
  const backend = parts.use(await scriptedAiBackend(storyteller));
  const env = { GRPC_AI_BACKEND_HOST: backend.host, GRPC_AI_BACKEND_PORT: String(backend.port) };
  const server = parts.use(await spawnServer({ env }));
  const { cookie } = await signUp(server.url, 'ada@example.org');
  const sockets = Array.from({ length: Math.ceil(options.readers / READERS_PER_SOCKET) }, () =>
    trpcClient({ url: server.url, cookie }),
  );
  parts.defer(async () => {
    await Promise.all(sockets.map((socket) => socket.close()));
  });
  const [first] = sockets;
  if (first === undefined) throw new RangeError('no readers');
  const text = questionOf({ key: 'readers', pieces: options.pieces, paceMs: 5, pieceLength: 60 });
  const said = answerTo(text);
  const chat = await first.api.chat.create.mutate({});
  const { eventId, messageId } = await first.api.message.send.mutate({ chatId: chat.id, text });
  const screens = Array.from({ length: options.readers }, (_, index) => {
    const screen = createScreen(said);
    sockets[index % sockets.length]?.api.message.stream.subscribe(
      { messageId, lastEventId: eventId },
      {
        onData({ data: event }) {
          if (event.type === 'delta') screen.show(event.offset, event.text);
          else if (event.type === 'end')
            screen.end({ status: event.status, stored: event.message?.text ?? null });
        },
        onError: (error) => screen.complain(error.message),
      },
    );
    return screen;
  });
  await Promise.all(screens.map(({ ended }) => ended));
  return {
    readers: screens.length,
    said: said.length,
    whole: screens.filter((screen) => screen.text === said).length,
    breaches: screens.flatMap(({ breaches }) => breaches),
  };
}
