import type { InputIssue } from '@amanda/contract';
import { AmandaError } from '@amanda/core';
import type { ZodError } from 'zod';
import { unreadable } from '../transformer.ts';

const mostIssues = 8;
const longestField = 100;

type ZodIssue = ZodError['issues'][number];

/** The input of a call was wrong. `issues` says all of it, as far as that is short. */
export class InvalidInput extends AmandaError {
  readonly issues: readonly InputIssue[];

  /** @param raw the input as it came in, to tell a missing field from a wrong one */
  constructor(error: ZodError, raw: unknown) {
    const issues = error.issues.slice(0, mostIssues).flatMap((issue) => describe(issue, raw));
    const first = issues[0] ?? { field: '', reason: 'format' };
    const hint = 'Send the input as superjson does: {"json": …}.';
    super('INVALID_INPUT', { cause: error, details: raw === unreadable ? { ...first, hint } : first });
    this.issues = issues;
  }
}

function describe(issue: ZodIssue, raw: unknown): InputIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, mostIssues)
      .map((key) => ({ field: fieldOf([...issue.path, key]), reason: 'unknown' }));
  }
  return [{ field: fieldOf(issue.path), reason: reasonOf(issue, raw) }];
}

const fieldOf = (path: readonly PropertyKey[]): string =>
  path.map(String).join('.').slice(0, longestField).toWellFormed();

function reasonOf(issue: ZodIssue, raw: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
      return raw === unreadable ? 'format' : at(raw, issue.path) === undefined ? 'missing' : 'type';
    case 'too_small':
      return issue.origin === 'string' ? (issue.minimum === 1 ? 'empty' : 'short') : 'range';
    case 'too_big':
      return issue.origin === 'string' ? 'long' : 'range';
    case 'invalid_value':
      return at(raw, issue.path) === undefined ? 'missing' : 'value';
    case 'custom':
      return typeof issue.params?.['reason'] === 'string' ? issue.params['reason'] : 'format';
    default:
      return 'format';
  }
}

function at(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
