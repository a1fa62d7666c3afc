/** A JSON object as it came: nothing is known of its fields. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with fields, and no list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The elements of a list that are objects; none when it is no list. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A text with at least one character. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Python writes numbers that JSON does not have; they stand in fields that nobody needs. */
const stringsAndOddNumbers = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gu;

/** The value that a text is in JSON; `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (!/NaN|Infinity/u.test(text)) return undefined;
  }
  try {
    return JSON.parse(text.replace(stringsAndOddNumbers, (part) => (part.startsWith('"') ? part : 'null')));
  } catch {
    return undefined;
  }
}
