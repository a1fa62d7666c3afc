import { aiServiceDefinition } from '@amanda/ai-client/proto';
import { createChannel, createClient } from 'nice-grpc';
import { WebSocketServer } from 'ws';

// The limit: gRPC in, one WebSocket frame per piece out. No sessions, no database, nothing kept.
const [aiPort] = process.argv.slice(2);
const ai = createClient(aiServiceDefinition, createChannel(`127.0.0.1:${aiPort}`));
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });

server.on('connection', (socket) => {
  socket.on('message', (question: Buffer) => {
    void (async () => {
      for await (const chunk of ai.streamChat({ userId: '1', chatId: '1', message: question.toString() })) {
        if (chunk.text !== '') socket.send(chunk.text);
      }
      socket.send('');
    })();
  });
});
server.on('listening', () => {
  const address = server.address();
  process.stdout.write(`port ${typeof address === 'object' ? address?.port : ''}\n`);
});
