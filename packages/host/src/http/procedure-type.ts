import { appRouter } from '@amanda/api';

/** What kind of procedure a path names: `query`, `mutation` or `subscription`; undefined when it names none. */
export function procedureType(path: string): unknown {
  // The router's type nests what at run time is one flat record.
  const procedures = Object(Reflect.get(Reflect.get(appRouter, '_def'), 'procedures'));
  if (!Object.hasOwn(procedures, path)) return undefined;
  return Reflect.get(Object(Reflect.get(Object(Reflect.get(procedures, path)), '_def')), 'type');
}
