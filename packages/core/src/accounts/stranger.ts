import { addressKey } from '../limits/address-key.ts';
import type { LimitKeys, LimitKind } from '../limits/limits.ts';
import type { Agent } from '../sessions/live-session.ts';
import type { Parts } from './parts.ts';

/** What somebody who is not logged in is counted by, apart from everybody else. */
export function ownKeys({ devices }: Parts, account: string, agent: Agent): LimitKeys {
  const id = devices.idOf(agent.device, account);
  if (id !== null) return { device: { account, id } };
  return { accountAtAddress: { account, address: agent.address } };
}

/**
 * Counts a call about an account by somebody who is not logged in. Strangers share what the account allows them in all;
 * a device that was logged in before has a count of its own, so that nobody can lock its owner out.
 * @param options.knows asked for a stranger whom the address does not refuse: whether the account may count on them
 * @throws RATE_LIMITED
 */
export async function countStranger(
  parts: Parts,
  kind: Extract<LimitKind, 'signIn' | 'mail' | 'recovery'>,
  options: { account: string; agent: Agent; knows?: () => Promise<boolean> },
): Promise<void> {
  const { account, agent, knows } = options;
  const keys = ownKeys(parts, account, agent);
  if (keys.device !== undefined) return await parts.limits.take(kind, keys);
  await parts.limits.take(kind, { ...keys, address: agent.address });
  if (knows !== undefined && (await knows())) return;
  await parts.limits.take(kind, { account });
}

/** Whether an account has a session that was opened at this address (IPv6: its /64); for programs without cookies. */
export async function isOpenAt({ db }: Parts, account: string, address: string): Promise<boolean> {
  if (!account.isWellFormed() || account.length > 1000) return false;
  const key = addressKey(address);
  return (await db.transactions.sessionAddresses(account)).some((one) => addressKey(one) === key);
}
