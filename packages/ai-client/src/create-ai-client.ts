import {
  type Channel,
  ChannelCredentials,
  ClientError,
  createChannel,
  createClient,
  Metadata,
  Status,
  waitForChannelReady,
} from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { AiError } from './ai-error.ts';
import { type Attempt, readAnswer } from './answer.ts';
import type { AiClient, AiHealth, AiRequest } from './contract.ts';
import { keepaliveTimeMs } from './keepalive.ts';
import { aiServiceDefinition } from './proto.ts';
import { closedError, createWaiter, defaultPatience, type StartTimer, systemTimer } from './reader.ts';
import { fromChatChunk, toChatMessage } from './wire.ts';

/** Where the AI backend is and how much patience to have with it. All times in milliseconds. */
export interface AiClientOptions {
  /** A name or an address, IPv6 without brackets. */
  host: string;
  port: number;
  /** TLS with the machine's certificate authorities. Default: none, as the Python service has it. */
  tls?: boolean;
  /** Sent with each call as `authorization: Bearer …`. Default: none. Without TLS whoever sits on the way reads it. */
  token?: string | undefined;
  /** From the request to the first piece, a retry included. Default: {@link defaultPatience}. */
  firstPieceTimeoutMs?: number;
  /** From one piece to the next, while the reader waits for it. Default: {@link defaultPatience}. */
  silenceTimeoutMs?: number;
  /** The largest encoded piece. Default 4 MiB. */
  maxPieceBytes?: number;
  /** How long the one retry waits for a lost connection to come back. Default 1,000. */
  retryWaitMs?: number;
  /** How long a health check may take. Default 2,000. */
  healthTimeoutMs?: number;
  /** Time between pings that find a dead connection during a call. Default: {@link keepaliveTimeMs} of the timeouts. */
  keepaliveTimeMs?: number;
  /** The clock of the timeouts. Default: the machine's. */
  startTimer?: StartTimer;
}

const pingAnswerTimeoutMs = 10_000;

/** `SERVING` of grpc.health.v1; the library does not export its enum. */
const servingStatus = 1;

function connect(options: AiClientOptions, longestWaitsMs: { first: number; silence: number }): Channel {
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const credentials = options.tls ? ChannelCredentials.createSsl() : ChannelCredentials.createInsecure();
  return createChannel(`${host}:${options.port}`, credentials, {
    'grpc.keepalive_time_ms':
      options.keepaliveTimeMs ?? keepaliveTimeMs(longestWaitsMs.first, longestWaitsMs.silence),
    'grpc.keepalive_timeout_ms': pingAnswerTimeoutMs,
    'grpc.keepalive_permit_without_calls': 0,
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 1_000,
    'grpc.max_receive_message_length': options.maxPieceBytes ?? 4 * 1024 * 1024,
    // The backend is ours: no proxy of the machine stands between, and DNS holds no configuration for us.
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    // Else close() would leave the connection to whoever shares it.
    'grpc.use_local_subchannel_pool': 1,
  });
}

/**
 * Makes the client for one AI backend. Nothing is connected until the first call. The caller closes it.
 * @throws nothing; a backend that is not there shows in the calls.
 */
export function createAiClient(options: AiClientOptions): AiClient {
  const { startTimer = systemTimer } = options;
  const { firstPieceTimeoutMs, silenceTimeoutMs } = { ...defaultPatience, ...options };
  const { retryWaitMs = 1_000, healthTimeoutMs = 2_000 } = options;
  const channel = connect(options, { first: firstPieceTimeoutMs, silence: silenceTimeoutMs });
  const service = createClient(aiServiceDefinition, channel);
  const healthService = createClient(HealthDefinition, channel);
  const closing = new AbortController();
  const credentials = () =>
    Metadata(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` });

  function begin(request: AiRequest, signal: AbortSignal): Attempt {
    let headersReceived = false;
    const chunks = service.streamChat(toChatMessage(request), {
      signal,
      metadata: credentials(),
      onHeader: () => {
        headersReceived = true;
      },
    });
    const iterator = chunks[Symbol.asyncIterator]();
    return {
      pieces: {
        async next() {
          const result = await iterator.next();
          return result.done ? { done: true, value: undefined } : { value: fromChatChunk(result.value) };
        },
      },
      headersReceived: () => headersReceived,
      recover: async (thrown) => {
        const lost = thrown instanceof ClientError && thrown.code === Status.UNAVAILABLE && !headersReceived;
        if (!lost) return false;
        // Not ready in time: the second attempt then fails with the reason, which is what the caller wants to know.
        await waitForChannelReady(channel, new Date(Date.now() + retryWaitMs)).catch(() => {});
        return true;
      },
    };
  }

  async function checkHealth(signal: AbortSignal): Promise<AiHealth> {
    try {
      const { status }: { status: number } = await healthService.check({ service: '' }, { signal });
      return status === servingStatus ? 'serving' : 'not_serving';
    } catch (thrown) {
      const answered =
        thrown instanceof ClientError &&
        (thrown.code === Status.UNIMPLEMENTED || thrown.code === Status.NOT_FOUND);
      return answered ? 'unknown' : 'unreachable';
    }
  }

  return {
    stream: (request, { signal }) =>
      readAnswer({
        begin: (callSignal) => begin(request, callSignal),
        signals: { wanted: signal, open: closing.signal },
        patience: { firstPieceTimeoutMs, silenceTimeoutMs, startTimer },
      }),

    async health(signal) {
      const call = new AbortController();
      const signals = { wanted: signal ?? call.signal, open: closing.signal };
      const waiter = createWaiter(signals, startTimer);
      const error = () => new AiError('UNAVAILABLE', `No answer to a health check for ${healthTimeoutMs} ms`);
      try {
        return await waiter.wait(checkHealth(call.signal), { ms: healthTimeoutMs, error });
      } catch (thrown) {
        if (thrown instanceof AiError) return 'unreachable';
        throw thrown;
      } finally {
        waiter.end();
        call.abort();
      }
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort(closedError());
      channel.close();
    },

    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}
