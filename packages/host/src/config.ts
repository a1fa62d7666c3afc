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
  /** Most calls in one HTTP batch. WebSockets have none: a reconnect sends all subscriptions as one batch. */
  readonly maxBatchSize: number;
  readonly connections: ConnectionLimits & {
    /** TCP connections of one address, also those that never say anything. */
    readonly openPerAddress: number;
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
  /** How long a client that announced `connectionParams` may take to send them. */
  readonly firstMessageMs: number;
  /** How long a socket may be silent before it is pinged, and how long the answer may take. */
  readonly pingMs: number;
  readonly pongMs: number;
  /** How long a reader may leave its socket full before it is sent away to resume. */
  readonly slowReaderMs: number;
  readonly subscriptionsPerSocket: number;
  /** How often one ticker looks at all sockets for the times above. */
  readonly tickMs: number;
}

/** Times that Node leaves far too long. */
export interface HttpTimeouts {
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
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
  sockets: {
    maxPayload: callBytes,
    firstMessageMs: 10_000,
    pingMs: 30_000,
    pongMs: 15_000,
    slowReaderMs: 30_000,
    subscriptionsPerSocket: 100,
    tickMs: 2_500,
  },
  http: { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 10_000 },
  drainMs: 10_000,
};
