import { TRPCClientError } from '@trpc/client';
import { deserialize, type SuperJSONResult } from 'superjson';
import { type AmandaError, amandaErrorOf } from '../errors/amanda-error.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isSuperjson = (value: unknown): value is SuperJSONResult => isRecord(value) && isRecord(value['json']);

/**
 * Reads the message with which a server turns a whole socket away, before any call: an error whose id is null. tRPC
 * tells no subscription of it, and would come back with the same refused token for ever.
 */
export function readRejection(frame: unknown): AmandaError | undefined {
  if (typeof frame !== 'string' || !/"id":\s*null/.test(frame)) return undefined;
  try {
    const message: unknown = JSON.parse(frame);
    if (!isRecord(message) || message['id'] !== null || !isSuperjson(message['error'])) return undefined;
    const shape: unknown = deserialize(message['error']);
    return amandaErrorOf(TRPCClientError.from(Object({ error: shape })));
  } catch {
    return undefined;
  }
}
