import type { ConnectionLimits } from './connections/connections.ts';

/** How one host behaves. Every field has a default in {@link defaultHostConfig}; times are milliseconds. */
export interface HostConfig {
  /** Our own address as browsers see it; without it our origin is the scheme and `Host` of each request. */
  readonly publicUrl: URL | null;
  /** Exact origins besides our own whose pages may call us. */
  readonly corsOrigins: readonly string[];
  /** Addresses or ranges of proxies whose `X-Forwarded-*` headers count; nobody's by default. */
  readonly trustedProxies: readonly string[];
  /** Folder of the web app that is served at `/`; a page that says so when it is null. */
  readonly webRoot: string | null;
  /** Largest body of a request that carries no message, in bytes. */
  readonly bodyLimit: number;
  /** Largest body of a tRPC call, and largest packet of Socket.IO, in bytes: {@link callBytesFor}. */
  readonly callBytes: number;
  /** Most calls in one HTTP batch. */
  readonly maxBatchSize: number;
  readonly connections: ConnectionLimits & {
    /** TCP connections of one address, also those that never say anything. */
    readonly openPerAddress: number;
  };
  /** Bytes of the answers of one HTTP batch beyond which its remaining calls are refused. */
  readonly batchBytes: number;
  readonly unread: {
    /** Bytes of answers of one party, over all its connections, that are being made or wait to be read. */
    readonly unreadBytes: number;
    /** What an answer counts while it is being made, in bytes: as much as a page may have. */
    readonly answerBytes: number;
    /** The same of an answer to a stranger, who can ask for no page. */
    readonly strangerAnswerBytes: number;
  };
  readonly sockets: SocketLimits;
  readonly http: HttpTimeouts;
  /** How long answers may go on after `close()` began. */
  readonly drainMs: number;
}

/** Limits of the tRPC WebSockets. */
export interface SocketLimits {
  /** Largest message, in bytes: {@link callBytesFor}. */
  readonly maxPayload: number;
  /** Bytes of messages of one party that are not whole yet, over all its sockets; one counts as the longest that may come. */
  readonly partialBytes: number;
  /** How long a message may take from its first byte to its last. */
  readonly messageMs: number;
  /** How long a client that announced `connectionParams` may take to send them. */
  readonly firstMessageMs: number;
  /** How long a socket may be silent before it is pinged, and how long the answer may take. */
  readonly pingMs: number;
  readonly pongMs: number;
  /** How long a reader may leave its socket full before it is sent away to resume. */
  readonly slowReaderMs: number;
  readonly subscriptionsPerSocket: number;
  /** Calls of one frame that are made; a reconnect sends all subscriptions and some calls in one. */
  readonly callsPerFrame: number;
  /** Messages in one frame beyond which its socket is closed. */
  readonly messagesPerFrame: number;
  /** Calls of one socket that are made at the same time; the others wait, and the socket is not read. */
  readonly callsAtOnce: number;
  /** How often one ticker looks at all sockets for the times above. */
  readonly tickMs: number;
}

/** Times that Node leaves far too long, and what it does not bound at all. */
export interface HttpTimeouts {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  /** How long a connection may take nothing of an answer that is ready for it. */
  readonly unreadMs: number;
  /** How long a request waits for its party to read earlier answers. */
  readonly roomMs: number;
  /** Requests of one connection that may wait for the answer of an earlier one. */
  readonly requestsWaiting: number;
  /** Bytes that the bodies of one address may hold together, until they have been answered. */
  readonly bodiesBytes: number;
}

/**
 * The bytes that a question may have on its way here. Its length is counted in code points, and clients write JSON in
 * their own ways: the longest is Python's, with two escapes of 6 bytes for one code point beyond the 16 bits of the
 * first. The rest is for what stands around it.
 */
export const callBytesFor = (maxMessageLength: number): number => 12 * maxMessageLength + 65_536;

const callBytes = callBytesFor(200_000);

/** What a host does when nothing else is said. */
export const defaultHostConfig: HostConfig = {
  publicUrl: null,
  corsOrigins: [],
  trustedProxies: [],
  webRoot: null,
  bodyLimit: 1_048_576,
  callBytes,
  maxBatchSize: 50,
  connections: { perUser: 100, strangersPerAddress: 100, usersPerAddress: 2_000, openPerAddress: 4_000 },
  batchBytes: 8_388_608,
  unread: { unreadBytes: 16_777_216, answerBytes: 1_048_576, strangerAnswerBytes: 65_536 },
  sockets: {
    maxPayload: callBytes,
    partialBytes: 33_554_432,
    messageMs: 30_000,
    firstMessageMs: 10_000,
    pingMs: 30_000,
    pongMs: 15_000,
    slowReaderMs: 30_000,
    subscriptionsPerSocket: 100,
    callsPerFrame: 200,
    messagesPerFrame: 1_000,
    callsAtOnce: 8,
    tickMs: 2_500,
  },
  http: {
    headersMs: 10_000,
    requestMs: 30_000,
    keepAliveMs: 10_000,
    unreadMs: 30_000,
    roomMs: 10_000,
    requestsWaiting: 64,
    bodiesBytes: 33_554_432,
  },
  drainMs: 10_000,
};
