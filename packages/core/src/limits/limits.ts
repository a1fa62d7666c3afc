import { AmandaError } from '../errors/amanda-error.ts';
import { sha256Hex } from '../keys/keys.ts';
import { addressKey } from './address-key.ts';
import type { LimitStore } from './store.ts';

/** What is limited. Simultaneous runs are limited by `runs`. */
export type LimitKind = 'signIn' | 'signUp' | 'mail' | 'message' | 'change' | 'search';

/** Whom a call is counted against; what is left out is not counted. */
export interface LimitKeys {
  /** An e-mail address, also one without an account. */
  readonly account?: string | undefined;
  /** The client's IP address. */
  readonly address?: string | undefined;
  readonly userId?: number | undefined;
}

/** So many calls in so many seconds. */
export interface LimitRule {
  readonly points: number;
  readonly seconds: number;
}

/** The rules of each kind, for each key that it is counted against. */
export type LimitRules = Readonly<Record<LimitKind, Readonly<Partial<Record<keyof LimitKeys, LimitRule>>>>>;

/** What a person does not reach and a program that guesses or floods does. */
export const defaultLimitRules: LimitRules = {
  signIn: { address: { points: 100, seconds: 900 }, account: { points: 20, seconds: 900 } },
  signUp: { address: { points: 30, seconds: 3600 } },
  mail: { address: { points: 30, seconds: 3600 }, account: { points: 5, seconds: 3600 } },
  message: { userId: { points: 30, seconds: 60 } },
  change: { userId: { points: 300, seconds: 60 } },
  search: { userId: { points: 120, seconds: 60 } },
};

/** Limits on how often something may be done. */
export interface Limits {
  /** Counts one call. @throws RATE_LIMITED with `retryAfterSeconds` */
  take(kind: LimitKind, keys: LimitKeys): Promise<void>;
  /** Forgets what was counted against an account, after it proved to be its owner's. */
  forgive(kind: LimitKind, account: string): Promise<void>;
}

/** Counts nothing and refuses nothing; for benchmarks. */
export const noLimits: Limits = { take: () => Promise.resolve(), forgive: () => Promise.resolve() };

/** Makes the limits over a store of counters: in memory for one process, later in Redis for several. */
export function createLimits(options: { store: LimitStore; rules?: LimitRules | undefined }): Limits {
  const { store, rules = defaultLimitRules } = options;

  /** The address first: a blocked address must not use up the calls of somebody's account. */
  const counters = (kind: LimitKind, { address, account, userId }: LimitKeys) => [
    {
      by: 'address',
      key: address === undefined ? undefined : addressKey(address),
      rule: rules[kind].address,
    },
    { by: 'account', key: accountKey(account), rule: rules[kind].account },
    { by: 'userId', key: userId?.toString(), rule: rules[kind].userId },
  ];

  return {
    async take(kind, keys) {
      for (const { by, key, rule } of counters(kind, keys)) {
        if (key === undefined || rule === undefined) continue;
        const waitMs = await store.take(`${kind}.${by}`, key, rule);
        if (waitMs > 0) {
          const retryAfterSeconds = Math.max(Math.ceil(waitMs / 1000), 1);
          throw new AmandaError('RATE_LIMITED', { details: { retryAfterSeconds } });
        }
      }
    },
    async forgive(kind, account) {
      const rule = rules[kind].account;
      const key = accountKey(account);
      if (rule !== undefined && key !== undefined) await store.forget(`${kind}.account`, key, rule);
    },
  };
}

/** Hashed, since what is typed into the field may be long, or a password. */
function accountKey(account: string | undefined): string | undefined {
  return account === undefined ? undefined : sha256Hex(account);
}
