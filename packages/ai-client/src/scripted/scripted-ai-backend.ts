import { createServer, type Server } from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl, HealthState } from 'nice-grpc-server-health';
import { aiServiceDefinition } from '../proto.ts';
import { fromChatMessage, toChatChunk } from '../wire.ts';
import { type CallLog, callLog } from './calls.ts';
import { originalServiceDefinition } from './original-wire.ts';
import type { AiScript } from './script.ts';

/** A real gRPC server on the loopback interface that plays a script. Its maker closes it. */
export interface ScriptedAiBackend extends Pick<CallLog, 'calls' | 'received'> {
  readonly host: string;
  readonly port: number;
  /** The requests so far, in order of arrival. */
  readonly requests: readonly CallLog['calls'][number]['request'][];
  /** Ends every call and connection at once, as a crash would. Start another one on the same port to come back. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function listen(server: Server, port: number, log: CallLog): Promise<ScriptedAiBackend> {
  const host = '127.0.0.1';
  const boundPort = await server.listen(`${host}:${port}`);
  return {
    host,
    port: boundPort,
    calls: log.calls,
    received: log.received,
    get requests() {
      return log.calls.map((call) => call.request);
    },
    close: async () => server.forceShutdown(),
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

/** Starts a backend that speaks all of our contract, health included, on `port` (0: any free one). */
export async function scriptedAiBackend(
  script: AiScript,
  { port = 0 }: { port?: number } = {},
): Promise<ScriptedAiBackend> {
  const log = callLog(script);
  const server = createServer();
  server.add(aiServiceDefinition, {
    async *streamChat(message, { signal }) {
      for await (const piece of log.run(fromChatMessage(message), signal)) yield toChatChunk(piece);
    },
  });
  const health = HealthState();
  health.setStatus('healthy');
  server.add(HealthDefinition, HealthServiceImpl(health));
  return listen(server, port, log);
}

/**
 * Starts a backend that knows only the original fields and no health service, as those of the Python service do. What a
 * script says beyond `text` and `done` is not sent, and it sees none of the fields added to the request.
 */
export async function foreignAiBackend(
  script: AiScript,
  { port = 0 }: { port?: number } = {},
): Promise<ScriptedAiBackend> {
  const log = callLog(script);
  const server = createServer();
  server.add(originalServiceDefinition, {
    async *streamChat({ userId, chatId, message }, { signal }) {
      const request = { userId: Number(userId), chatId: Number(chatId), message, history: [] };
      for await (const { text = '', done = false } of log.run(request, signal)) yield { text, done };
    },
  });
  return listen(server, port, log);
}
