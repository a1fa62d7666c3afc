import { deserialize, type SuperJSONResult, serialize } from 'superjson';

/** What stands in for an input that cannot be read. No schema takes it, so the call is refused as INVALID_INPUT. */
export const unreadable = Symbol('unreadable input');

/** More than the deepest and largest input of the contract, by far. */
const deepest = 12;
const mostNodes = 2_000;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Walks JSON without recursion, for depth is the sender's choice. */
function isModest(json: unknown): boolean {
  let nodes = 0;
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) return false;
    const below: unknown[] = [];
    for (const value of level) {
      nodes += 1;
      if (nodes > mostNodes) return false;
      if (typeof value !== 'object' || value === null) continue;
      if (Object.hasOwn(value, '__proto__')) return false;
      for (const child of Object.values(value)) below.push(child);
      if (below.length > mostNodes) return false;
    }
    level = below;
  }
  return true;
}

/** Inputs hold dates and undefined and nothing else that JSON cannot say. */
function isKnownAnnotation(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.length === 1 && (tree[0] === 'Date' || tree[0] === 'undefined');
  return isRecord(tree) && Object.values(tree).every(isKnownAnnotation);
}

function isKnownMeta(meta: unknown): boolean {
  if (meta === undefined) return true;
  if (!isRecord(meta) || !isModest(meta)) return false;
  return Object.entries(meta).every(([key, value]) => {
    if (key === 'values') return isKnownAnnotation(value);
    return key === 'v' && value === 1;
  });
}

/** superjson's own type asks no more of a payload than what is checked here. */
function isReadable(payload: unknown): payload is SuperJSONResult {
  // Something without its envelope would be read as nothing.
  if (!isRecord(payload) || (!Object.hasOwn(payload, 'json') && Object.keys(payload).length > 0))
    return false;
  return isModest(payload['json']) && isKnownMeta(payload['meta']);
}

/**
 * Reads superjson that a stranger wrote: never throws, and knows none of superjson's types but those of our inputs.
 * No payload at all is no input: over HTTP it does not get here, over a WebSocket it does.
 */
export function readInput(payload: unknown): unknown {
  if (payload === undefined) return undefined;
  if (!isReadable(payload)) return unreadable;
  try {
    return deserialize(payload, { inPlace: true });
  } catch {
    return unreadable;
  }
}

/** Values that JSON gives back as they are. */
const isJsonScalar = (value: unknown): boolean =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  value === null ||
  (Number.isFinite(value) && !Object.is(value, -0));

/** An object of scalars, with one more such object in it at most: a piece of text and its id. */
function isPlainEvent(value: unknown, mayHoldOne = true): value is Record<string, SuperJSONResult['json']> {
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return false;
  let held = false;
  for (const child of Object.values(value)) {
    if (isJsonScalar(child)) continue;
    if (held || !mayHoldOne || !isPlainEvent(child, false)) return false;
    held = true;
  }
  return true;
}

/**
 * Writes superjson. Events with pieces of text are most of what is ever sent and need none of what superjson looks
 * for, which costs ten times as much as their JSON.
 */
export function writeOutput(value: unknown): SuperJSONResult {
  return isPlainEvent(value) ? { json: value } : serialize(value);
}

/** superjson on both ends; only the way in is narrowed. A client names plain `superjson` in its links. */
export const transformer = {
  input: { serialize, deserialize: readInput },
  output: { serialize: writeOutput, deserialize },
};
