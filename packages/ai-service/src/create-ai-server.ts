import { createHash, timingSafeEqual } from 'node:crypto';
import { aiServiceDefinition, file_amanda_ai, fromChatMessage, toChatChunk } from '@amanda/ai-client/proto';
import { create, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { createServer, ServerError, Status } from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl, HealthState } from 'nice-grpc-server-health';
import { ServerReflection, ServerReflectionService } from 'nice-grpc-server-reflection';
import type { Provider } from './provider.ts';
import { wholeCharacters } from './whole-characters.ts';

/** The part of a pino logger that the server uses. No texts of users or models are ever logged. */
export interface AiServiceLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How to serve a provider. */
export interface AiServerOptions {
  provider: Provider;
  /** What callers must send as `authorization: Bearer …` to be answered. Default: nothing is asked for. */
  token?: string | undefined;
  /** Default `127.0.0.1`: there is no TLS, and a login only with `token`, so only a private network should reach it. */
  host?: string;
  /** Default 0: any free port. */
  port?: number;
  log?: AiServiceLog;
  /** How long `close` lets answers run on before it cancels them, in milliseconds. Default 5,000. */
  graceMs?: number;
}

/** A running gRPC server. Its maker closes it. */
export interface AiServer {
  readonly host: string;
  readonly port: number;
  /** Reports itself as not serving, takes no more calls, lets answers end within `graceMs`, then cancels the rest. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const maxRequestBytes = 16 * 1024 * 1024;

function reflection() {
  const files = create(FileDescriptorSetSchema, { file: [file_amanda_ai.proto] });
  return ServerReflection(toBinary(FileDescriptorSetSchema, files), [aiServiceDefinition.fullName]);
}

function toServerError(thrown: unknown, provider: Provider, log: AiServiceLog | undefined): ServerError {
  if (thrown instanceof ServerError) {
    log?.warn({ provider: provider.name, status: Status[thrown.code] }, thrown.details);
    return thrown;
  }
  log?.error({ provider: provider.name, err: thrown }, 'The provider failed in a way it does not know');
  return new ServerError(Status.INTERNAL, 'The provider failed');
}

/** Compares hashes, which have one length, in constant time. */
function credentialCheck(token: string | undefined): (given: string | undefined) => boolean {
  if (token === undefined) return () => true;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return (given = '') => timingSafeEqual(digest(given), expected);
}

/**
 * Serves `amanda.ai.AIService` with gRPC health and reflection, answered by `provider`.
 * @throws when the address cannot be bound.
 */
export async function createAiServer(options: AiServerOptions): Promise<AiServer> {
  const { provider, host = '127.0.0.1', port = 0, log, graceMs = 5_000 } = options;
  const server = createServer({ 'grpc.max_receive_message_length': maxRequestBytes });
  const health = HealthState();
  const isKnown = credentialCheck(options.token);

  server.add(aiServiceDefinition, {
    async *streamChat(message, context) {
      const { signal } = context;
      if (!isKnown(context.metadata.get('authorization'))) {
        log?.warn({}, 'A caller without the right token was refused');
        throw new ServerError(Status.UNAUTHENTICATED, 'The token is missing or wrong');
      }
      // Who has headers does not ask again: what failed from here on may have been paid for.
      // Empty ones would not be sent.
      context.header.set('amanda-accepted', 'true');
      context.sendHeader();
      let done = false;
      try {
        for await (const piece of wholeCharacters(provider.stream(fromChatMessage(message), signal))) {
          yield toChatChunk(piece);
          done = piece.done;
          if (done) return;
        }
      } catch (thrown) {
        signal.throwIfAborted();
        throw toServerError(thrown, provider, log);
      }
      yield toChatChunk({ done: true });
    },
  });
  server.add(HealthDefinition, HealthServiceImpl(health));
  server.add(ServerReflectionService, reflection());

  const address = host.includes(':') ? `[${host}]` : host;
  const boundPort = await server.listen(`${address}:${port}`);
  for (const service of ['', aiServiceDefinition.fullName]) health.setStatus('healthy', service);

  async function shutDown(): Promise<void> {
    for (const service of ['', aiServiceDefinition.fullName]) health.setStatus('unhealthy', service);
    const timer = setTimeout(() => server.forceShutdown(), graceMs);
    try {
      await server.shutdown();
    } finally {
      clearTimeout(timer);
    }
  }
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= shutDown());
  return { host, port: boundPort, close, [Symbol.asyncDispose]: close };
}
