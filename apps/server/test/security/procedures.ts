import { appRouter } from '@amanda/api';
import type { AnyTRPCProcedure, AnyTRPCRouter } from '@trpc/server';
import { z } from 'zod';

/** One procedure of the router, with the schema that its input must pass. */
export interface Procedure {
  readonly path: string;
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly schema: z.ZodType;
}

const { _def: definition }: AnyTRPCRouter = appRouter;
const found: Record<string, AnyTRPCProcedure> = definition.procedures;

/** Every procedure that there is, found in the router itself. @throws when one has no schema */
export const procedures: readonly Procedure[] = Object.entries(found).map(([path, { _def: procedure }]) => {
  const inputs: unknown = Reflect.get(procedure, 'inputs');
  const schema: unknown = Array.isArray(inputs) ? inputs[0] : undefined;
  if (!(schema instanceof z.ZodType)) throw new Error(`${path} has no schema for its input`);
  return { path, type: procedure.type, schema };
});

/** The fields of an input that is an object, whatever is wrapped around it; null for any other input. */
export function fieldsOf(schema: z.ZodType): Record<string, z.ZodType> | null {
  if (schema instanceof z.ZodObject) return z.record(z.string(), z.instanceof(z.ZodType)).parse(schema.shape);
  const inner: unknown = Reflect.get(schema.def, 'innerType');
  return inner instanceof z.ZodType ? fieldsOf(inner) : null;
}

const anyUuid = '5f0c954e-6a53-4c5c-9d4c-3a0a6d1f7a11';
const leaves: readonly unknown[] = [1, 'a@example.org', anyUuid, new Date('2100-01-01'), 'forward', 'older'];

/** An input, or a part of one, that the schema takes, with every field present. */
export function sampleOf(schema: z.ZodType): unknown {
  const fields = fieldsOf(schema);
  if (fields !== null) {
    return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, sampleOf(field)]));
  }
  return leaves.find((leaf) => schema.safeParse(leaf).success);
}

/** Names by which an input refers to something that somebody owns. */
const references = /^(chatId|messageId|sessionId|tokenId)$/;

/** The fields of a procedure's input that name a thing of somebody's. */
export function referencesIn({ schema }: Procedure): readonly string[] {
  return Object.keys(fieldsOf(schema) ?? {}).filter((name) => references.test(name));
}
