import { AmandaError, type Operator } from '@amanda/core';
import { z } from 'zod';

import { Refusal } from '../data-dir/refusal.ts';

/** What the operator asks for. */
export const adminRequest = z.strictObject({
  command: z.enum(['create-admin', 'end-sessions', 'disable-account', 'enable-account']),
  email: z.string().max(1000),
});

export type AdminRequest = z.infer<typeof adminRequest>;

/**
 * Does what the operator asks for.
 * @returns what to tell the operator
 * @throws {Refusal} when there is no such account, or this is no address
 */
export async function act(operator: Operator, request: AdminRequest): Promise<string> {
  try {
    return await actOn(operator, request);
  } catch (error) {
    if (!(error instanceof AmandaError)) throw error;
    if (error.code === 'NOT_FOUND') throw new Refusal('There is no account with this e-mail address.');
    if (error.code === 'INVALID_INPUT') throw new Refusal('This is not an e-mail address.');
    throw error;
  }
}

async function actOn(operator: Operator, { command, email }: AdminRequest): Promise<string> {
  switch (command) {
    case 'create-admin': {
      const { user, passwordUrl } = await operator.createAdmin(email);
      const made = `${user.email} is an admin; all its sessions were ended.`;
      if (passwordUrl === null) return made;
      return `${made}\nThe account is new. Within an hour, once Amanda runs, choose its password here:\n${passwordUrl}`;
    }
    case 'end-sessions': {
      const { sessions, tokens } = await operator.endSessions(email);
      return `${counted(sessions, 'session')} and ${counted(tokens, 'token')} ended.`;
    }
    case 'disable-account':
      await operator.setDisabled(email, true);
      return 'The account is disabled; its sessions and answers were ended.';
    case 'enable-account':
      await operator.setDisabled(email, false);
  }
  return 'The account is enabled.';
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
