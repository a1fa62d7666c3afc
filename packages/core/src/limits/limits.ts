import { AmandaError } from '../errors/amanda-error.ts';
import { sha256Hex } from '../keys/keys.ts';
import { addressKey } from './address-key.ts';
import type { LimitStore } from './store.ts';

/** What is limited. Simultaneous runs are limited by `runs`. */
export type LimitKind =
  | 'signIn'
  | 'password'
  | 'signUp'
  | 'mail'
  | 'recovery'
  | 'message'
  | 'change'
  | 'search';

/** Whom a call is counted against; what is left out is not counted. */
export interface LimitKeys {
  /** An e-mail address, also one without an account. */
  readonly account?: string | undefined;
  /** The client's IP address. */
  readonly address?: string | undefined;
  /** An account as somebody at one address meets it: what one stranger uses up is not taken from others. */
  readonly accountAtAddress?: { readonly account: string; readonly address: string } | undefined;
  /** An account on a device that it was opened on before. */
  readonly device?: { readonly account: string; readonly id: string } | undefined;
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
  signIn: {
    address: { points: 100, seconds: 900 },
    accountAtAddress: { points: 20, seconds: 900 },
    account: { points: 50, seconds: 900 },
    device: { points: 20, seconds: 900 },
  },
  password: { account: { points: 20, seconds: 900 } },
  signUp: { address: { points: 30, seconds: 3600 } },
  mail: {
    address: { points: 30, seconds: 3600 },
    accountAtAddress: { points: 3, seconds: 3600 },
    account: { points: 5, seconds: 3600 },
    device: { points: 3, seconds: 3600 },
  },
  recovery: {
    address: { points: 30, seconds: 3600 },
    accountAtAddress: { points: 1, seconds: 3600 },
    account: { points: 5, seconds: 86_400 },
    device: { points: 5, seconds: 86_400 },
  },
  message: { userId: { points: 30, seconds: 60 } },
  change: { userId: { points: 300, seconds: 60 } },
  search: { userId: { points: 120, seconds: 60 } },
};

/** Limits on how often something may be done. */
export interface Limits {
  /** Counts one call. @throws RATE_LIMITED with `retryAfterSeconds` */
  take(kind: LimitKind, keys: LimitKeys): Promise<void>;
  /** Forgets what was counted, after somebody proved to be the owner. */
  forgive(kind: LimitKind, keys: LimitKeys): Promise<void>;
}

/** Counts nothing and refuses nothing; for benchmarks. */
export const noLimits: Limits = { take: () => Promise.resolve(), forgive: () => Promise.resolve() };

/** Makes the limits over a store of counters: in memory for one process, later in Redis for several. */
export function createLimits(options: { store: LimitStore; rules?: LimitRules | undefined }): Limits {
  const { store, rules = defaultLimitRules } = options;

  /** The address first: a blocked address must not use up the calls of somebody's account. */
  const counters = (kind: LimitKind, keys: LimitKeys) => {
    const { address, accountAtAddress: here, account, device, userId } = keys;
    const all = {
      address: address === undefined ? undefined : addressKey(address),
      accountAtAddress: here && hashed(`${addressKey(here.address)} ${here.account}`),
      account: account === undefined ? undefined : hashed(account),
      device: device && hashed(`${device.id} ${device.account}`),
      userId: userId?.toString(),
    };
    return order.flatMap((by) => {
      const [key, rule] = [all[by], rules[kind][by]];
      return key === undefined || rule === undefined ? [] : [{ counter: `${kind}.${by}`, key, rule }];
    });
  };

  return {
    async take(kind, keys) {
      for (const { counter, key, rule } of counters(kind, keys)) {
        const waitMs = await store.take(counter, key, rule);
        if (waitMs > 0) {
          const retryAfterSeconds = Math.max(Math.ceil(waitMs / 1000), 1);
          throw new AmandaError('RATE_LIMITED', { details: { retryAfterSeconds } });
        }
      }
    },
    async forgive(kind, keys) {
      for (const { counter, key, rule } of counters(kind, keys)) await store.forget(counter, key, rule);
    },
  };
}

const order = ['address', 'accountAtAddress', 'account', 'device', 'userId'] as const;

/** Hashed, since what is typed into the field may be long, or a password. */
const hashed = (account: string): string => sha256Hex(account);
