import type { SpawnedServer, TestUser } from '@amanda/testing';

/** What an attacker finds: a server with limits on and a small heap, and accounts that hold a lot. */
export interface Scene {
  readonly server: SpawnedServer;
  /** The attacker's own account. */
  readonly mallory: TestUser;
  /** A chat of the attacker with 100 messages of 200,000 characters each. */
  readonly longChat: number;
  /** A question there that was edited 20 times. */
  readonly edited: number;
  /** A chat in which the attacker may ask. */
  readonly emptyChat: number;
  /** An account with 2,000 chats and 50,000 messages, to be deleted. */
  readonly hoarder: TestUser;
  /** Aborts when the time of the attack is over. */
  readonly signal: AbortSignal;
}

/** One attack. It stops by itself, and all its traffic stays on the loopback. */
export interface Attack {
  readonly name: string;
  /** How long it may take, in milliseconds. */
  readonly forMs: number;
  /** What the server's environment is besides the usual. */
  readonly env?: Readonly<Record<string, string>>;
  /** Makes another data folder than that of {@link Scene}: then only `server` and `mallory` are there. */
  readonly place?: () => Promise<(AsyncDisposable & { readonly path: string }) | { readonly skip: string }>;
  /** Asks for something besides, every 100 ms, whose refusals must come within 50 ms. */
  readonly refusals?: 'logIn';
  /** @returns what the peer saw, in words */
  run(scene: Scene): Promise<string>;
}

/** What one attack did. Times in milliseconds, sizes in bytes. */
export interface AttackResult {
  readonly name: string;
  readonly saw: string;
  /** Another user's calls meanwhile. */
  readonly calls: {
    readonly count: number;
    readonly failed: number;
    readonly p50: number;
    readonly p99: number;
  };
  /** The longest turn of the server's event loop. */
  readonly loopMs: number;
  readonly rss: { readonly before: number; readonly peak: number; readonly after: number };
  /** The goals that were missed. */
  readonly missed: readonly string[];
}
