import { serialize } from 'superjson';

import { fieldsOf, type Procedure, sampleOf } from './procedures.ts';

/** An input as it goes over the wire, and whether the contract lets it through. */
export interface Attempt {
  readonly name: string;
  /** superjson, as text. */
  readonly text: string;
  /** False where the contract takes it, so that a well-formed answer is right, too. */
  readonly isWrong: boolean;
}

/** An array in an array, 10,000 times. */
export const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`;

/** What stands in the place of one field, as JSON. */
export const wrongValues: Readonly<Record<string, string>> = {
  null: 'null',
  true: 'true',
  'an empty text': '""',
  'a text': '"text"',
  'an empty object': '{}',
  'an empty list': '[]',
  'a list of one': '[1]',
  'a negative number': '-1',
  zero: '0',
  'minus zero': '-0',
  'a fraction': '1.5',
  'a number beyond 2^31': '2147483648',
  'a number beyond 2^53': '9007199254740993',
  'a huge number': '1e21',
  'an infinite number': '1e999',
  'the word NaN': '"NaN"',
  'a number as text': '"1"',
  'a lone surrogate': '"\\ud800"',
  NUL: '"\\u0000"',
  'a long text': JSON.stringify('x'.repeat(20_000)),
  'a text of spaces': '"   "',
  'a statement': JSON.stringify("' OR 1=1; --"),
  'a path': '"../../../etc/passwd"',
  'a prototype': '{"__proto__":{"isAdmin":true}}',
  'a constructor': '{"constructor":{"prototype":{"isAdmin":true}}}',
  depth: deep,
};

/** Types of superjson that no input has. */
const types = [
  'NaN',
  'number',
  'bigint',
  'regexp',
  'map',
  'set',
  'URL',
  'Error',
  'symbol',
  'class',
  'custom',
];

/** What stands in the place of the whole input, as the text of superjson. */
const wholes: Readonly<Record<string, string>> = {
  nothing: '{}',
  null: '{"json":null}',
  'a number': '{"json":7}',
  'a text': '{"json":"text"}',
  'a list': '{"json":[]}',
  'true in the place of superjson': 'true',
  'a list in the place of superjson': '[]',
  'depth in the place of superjson': deep,
  depth: `{"json":${deep}}`,
  'an unknown field': '{"json":{"unknown":1}}',
  'a prototype': '{"json":{"__proto__":{"isAdmin":true}}}',
  'a wide object': `{"json":{${Array.from({ length: 5_000 }, (_, index) => `"k${index}":1`).join(',')}}}`,
  'annotations of the prototype': '{"json":{},"meta":{"values":{"__proto__.isAdmin":["Date"]}}}',
  'references between its parts': '{"json":{"a":{}},"meta":{"referentialEqualities":{"a":["__proto__"]}}}',
  'annotations that are deep': `{"json":{},"meta":{"values":${deep}}}`,
};

const isAccepted = (procedure: Procedure, text: string): boolean => {
  const payload: unknown = JSON.parse(text);
  const isPayload = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  if (!isPayload || /__proto__|meta/.test(text) || text.length > 10_000_000) return false;
  return procedure.schema.safeParse('json' in payload ? payload.json : undefined).success;
};

/** Every input of the procedure with one thing wrong, made from its own schema. */
export function attemptsOn(procedure: Procedure): readonly Attempt[] {
  const attempts = Object.entries(wholes).map(([name, text]) => ({ name: `${name} as its input`, text }));
  const fields = Object.keys(fieldsOf(procedure.schema) ?? {});
  const sample = serialize(sampleOf(procedure.schema));
  const whole = new Map(Object.entries(fields.length === 0 ? {} : Object(sample.json)));
  const meta = sample.meta === undefined ? '' : `,"meta":${JSON.stringify(sample.meta)}`;

  const payload = (parts: Iterable<readonly [string, string]>, annotations = meta): string => {
    const members = [...parts].map(([name, json]) => `${JSON.stringify(name)}:${json}`);
    return `{"json":{${members.join(',')}}${annotations}}`;
  };
  const parts = [...whole].map(([name, value]) => [name, JSON.stringify(value)] as const);
  const others = (field: string) => parts.filter(([name]) => name !== field);

  for (const field of fields) {
    attempts.push({ name: `no ${field}`, text: payload(others(field), '') });
    for (const [name, json] of Object.entries(wrongValues)) {
      attempts.push({ name: `${name} as ${field}`, text: payload([...others(field), [field, json]], '') });
    }
    for (const type of types) {
      const annotated = `,"meta":{"values":{${JSON.stringify(field)}:[${JSON.stringify(type)}]}}`;
      attempts.push({ name: `${type} as ${field}`, text: payload(parts, annotated) });
    }
    const misread = `,"meta":{"values":{${JSON.stringify(field)}:["Date"]}}`;
    attempts.push({ name: `no date as ${field}`, text: payload([...others(field), [field, '{}']], misread) });
  }
  if (fields.length > 0) attempts.push({ name: 'an extra field', text: payload([...parts, ['extra', '1']]) });
  return attempts.map(({ name, text }) => ({ name, text, isWrong: !isAccepted(procedure, text) }));
}
