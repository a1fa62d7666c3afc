import type { z } from 'zod';
import type { Caller } from '../api.ts';
import { invalid } from '../errors/refusal.ts';

/** What a route's handler gets. */
export interface RouteCall<Body> {
  readonly caller: Caller;
  readonly body: Body;
  /** The id in the path; 0 in routes without one. */
  readonly id: number;
  /** The user who calls; 0 in routes that anybody may call. */
  readonly userId: number;
}

/** A list that is sent while it is read: `{"<key>":[…]}`. */
export interface StreamedList {
  readonly key: string;
  readonly pages: AsyncIterator<readonly object[], void, undefined>;
}

type Answer = { readonly json: object } | { readonly list: StreamedList };

/** One row of the table of routes. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** In Fastify's notation; the only parameter there is is `:id`. */
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  readonly needsSession: boolean;
  readonly status: 200 | 201;
  readonly body: z.ZodObject | null;
  readonly response: z.ZodType;
  /** Statuses besides those that every route of its kind may answer. */
  readonly errors: readonly number[];
  /** @param body as it was parsed from JSON, undefined when there was none */
  answer(call: RouteCall<unknown>): Promise<Answer>;
}

type Described = Omit<Route, 'answer' | 'body' | 'errors' | 'status'> & {
  readonly status?: 201;
  readonly errors?: readonly number[];
};

/** A route that answers with one object. */
export function route<Response extends z.ZodType>(
  row: Described & {
    readonly response: Response;
    readonly handle: (call: RouteCall<undefined>) => Promise<z.input<Response> & object>;
  },
): Route {
  const { handle, ...rest } = row;
  return {
    status: 200,
    errors: [],
    ...rest,
    body: null,
    answer: async (call) => ({ json: await handle({ ...call, body: undefined }) }),
  };
}

/** A route that takes a JSON object. */
export function routeWithBody<Body extends z.ZodObject, Response extends z.ZodType>(
  row: Described & {
    readonly body: Body;
    readonly response: Response;
    readonly handle: (call: RouteCall<z.output<Body>>) => Promise<z.input<Response> & object>;
  },
): Route {
  const { handle, ...rest } = row;
  return {
    status: 200,
    errors: [],
    ...rest,
    answer: async (call) => ({ json: await handle({ ...call, body: read(row.body, call.body) }) }),
  };
}

/** A route that streams a list. */
export function routeOfList<Response extends z.ZodType>(
  row: Described & {
    readonly response: Response;
    readonly key: keyof z.input<Response> & string;
    readonly walk: (call: RouteCall<undefined>) => AsyncIterator<readonly object[], void, undefined>;
  },
): Route {
  const { walk, key, ...rest } = row;
  return {
    status: 200,
    errors: [],
    ...rest,
    body: null,
    answer: (call) => Promise.resolve({ list: { key, pages: walk({ ...call, body: undefined }) } }),
  };
}

function read<Body extends z.ZodObject>(schema: Body, body: unknown): z.output<Body> {
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  // An absent body is an empty object: what it lacks decides.
  const parsed = schema.safeParse(body === undefined ? {} : body, { reportInput: true });
  if (parsed.success) return parsed.data;
  if (body !== undefined && !isObject) throw invalid('body', 'type');
  const missing = parsed.error.issues.find(isMissing);
  const issue = missing ?? parsed.error.issues[0];
  throw invalid(toCamelCase(String(issue?.path[0] ?? 'body')), missing === undefined ? 'type' : 'missing');
}

const isMissing = (issue: z.core.$ZodIssue): boolean =>
  issue.code === 'invalid_type' && (issue.input === undefined || issue.input === null);

const toCamelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
