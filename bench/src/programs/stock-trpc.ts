import { aiServiceDefinition } from '@amanda/ai-client/proto';
import { initTRPC, tracked } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { createChannel, createClient } from 'nice-grpc';
import { WebSocketServer } from 'ws';

// tRPC as its documentation shows it: a subscription that yields what comes from gRPC, one event per piece.
const [aiPort] = process.argv.slice(2);
const ai = createClient(aiServiceDefinition, createChannel(`127.0.0.1:${aiPort}`));
const t = initTRPC.create();

const router = t.router({
  stream: t.procedure
    .input((question: unknown) => String(question))
    .subscription(async function* ({ input, signal }) {
      if (input === '') {
        await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
        return;
      }
      let n = 0;
      for await (const { text } of ai.streamChat({ userId: '1', chatId: '1', message: input })) {
        n += 1;
        if (text !== '') yield tracked(`${n}`, { text });
      }
    }),
});

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
applyWSSHandler({ wss: server, router });
server.on('listening', () => {
  const address = server.address();
  process.stdout.write(`port ${typeof address === 'object' ? address?.port : ''}\n`);
});
