import type { JsonObject } from './json.ts';

/** What an event of a model server means for an answer. */
export type ModelPart =
  | { type: 'text'; text: string }
  /** The model thinks; what it thinks is not part of the text. */
  | { type: 'reasoning' }
  /** The model calls a tool, which nobody offered. */
  | { type: 'tool' }
  /** Why it stopped, in the provider's own word. */
  | { type: 'finish'; reason: string }
  | { type: 'usage'; inputTokens?: number; outputTokens?: number }
  /** Whatever the server says is wrong, in its own form. */
  | { type: 'error'; error: unknown }
  | { type: 'end' };

/** Understands the events of one answer, in their order. Fields that are odd or unknown mean nothing. */
export type PartReader = (value: JsonObject, name: string | undefined) => ModelPart[];

/** A count of tokens, where the field holds one. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The part with the counts that are there; none when there are none. */
export function usagePart(input: unknown, output: unknown): ModelPart[] {
  const inputTokens = countOf(input);
  const outputTokens = countOf(output);
  if (inputTokens === undefined && outputTokens === undefined) return [];
  return [
    {
      type: 'usage',
      ...(inputTokens !== undefined && { inputTokens }),
      ...(outputTokens !== undefined && { outputTokens }),
    },
  ];
}
