import type { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AmandaError, type Caller } from '../api.ts';
import { restError } from '../errors/texts.ts';
import { registerDocumentation } from '../openapi/register.ts';
import { readJsonBodies } from './body.ts';
import { corsFor } from './cors.ts';
import { openJsonList } from './json-list.ts';
import { createListTurns, type ListTurns } from './list-turns.ts';
import type { Route, StreamedList } from './route.ts';
import { routes } from './routes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Names the row of the legacy surface's table. */
    operation?: string;
  }
}

/** What the REST surface needs from the host. */
export interface RestOptions {
  /** A caller of the router for this request's session, with the surface `compat` and this reply's cookies. */
  callerFor(request: FastifyRequest, reply: FastifyReply): Promise<Caller>;
  /** Refuses log-ins while there is no room to hash, before anything is done for them. @throws HASH_QUEUE_FULL */
  assertRoomToLogIn?: (() => void) | undefined;
  /** Exact origins whose pages may read the answers. */
  readonly allowedOrigins: readonly string[];
  readonly info: ServiceInfo;
  /** Told of what is refused here, before a procedure could do so. */
  refused?: ((error: AmandaError, request: FastifyRequest) => void) | undefined;
  /** Answers `GET /` for browsers, which ask for HTML; without it they get JSON like everybody else. */
  page?: ((request: FastifyRequest, reply: FastifyReply) => unknown) | undefined;
}

/** What the service says about itself. */
export interface ServiceInfo {
  readonly service: string;
  readonly version: string;
}

/** Who calls, found out before the body is read. */
interface Guest {
  readonly caller: Caller;
  readonly userId: number;
}

/**
 * Mounts the legacy REST surface: everything under `/api`, `GET /` and `GET /health`. Every answer is JSON but the page
 * that documents it; unknown paths under `/api`, wrong methods and bodies that cannot be read are refused in the
 * documented shape.
 */
export function registerRest(app: FastifyInstance, options: RestOptions): void {
  const cors = corsFor(options.allowedOrigins);

  void app.register(async (scope) => {
    refuseInShape(scope, options);
    scope.addHook('onRequest', async (request, reply) => cors(request, reply));
    const { service, version } = options.info;
    scope.get('/', (request, reply) => {
      reply.header('vary', 'Accept, Origin');
      if (options.page !== undefined && asksForHtml(request)) return options.page(request, reply);
      return reply.send({ service, status: 'running', version });
    });
    scope.get('/health', () => ({ status: 'healthy' }));
    for (const url of ['/', '/health']) refuseOtherMethods(scope, url, readOnly);
  });

  void app.register(
    async (scope) => {
      refuseInShape(scope, options);
      readJsonBodies(scope);
      scope.addHook('onRequest', async (request, reply) => {
        cors(request, reply);
        reply.header('cache-control', 'no-store');
        // Before the body is read: an unknown path is unknown whatever was sent there.
        if (request.is404) throw new AmandaError('NOT_FOUND');
      });
      scope.setNotFoundHandler(() => {
        throw new AmandaError('NOT_FOUND');
      });
      const turns = createListTurns();
      for (const row of routes) mount(scope, row, options, turns);
      const documentation = registerDocumentation(scope, { routes, info: options.info });
      for (const url of documentation) refuseOtherMethods(scope, url, readOnly);
      for (const [url, methods] of methodsByPath()) refuseOtherMethods(scope, url, methods);
    },
    { prefix: '/api' },
  );
}

const readOnly: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const withoutPrefix = (path: string): string => path.slice('/api'.length);

function mount(scope: FastifyInstance, row: Route, options: RestOptions, turns: ListTurns): void {
  const guests = new WeakMap<FastifyRequest, Guest>();

  const openInTurn = async (list: StreamedList, userId: number, reply: FastifyReply): Promise<Readable> => {
    const gone = new AbortController();
    const leave = () => gone.abort(new AmandaError('RATE_LIMITED'));
    reply.raw.once('close', leave);
    if (reply.raw.destroyed) leave();
    const done = await turns.take(userId, gone.signal);
    reply.raw.removeListener('close', leave);
    try {
      const stream = await openJsonList(list);
      stream.once('close', done);
      return stream;
    } catch (error) {
      done();
      throw error;
    }
  };

  scope.route({
    method: row.method,
    url: withoutPrefix(row.path),
    config: { operation: row.operation },
    async onRequest(request, reply) {
      if (row.operation === 'logIn') options.assertRoomToLogIn?.();
      const caller = await options.callerFor(request, reply);
      const userId = row.needsSession ? await userOf(caller) : 0;
      guests.set(request, { caller, userId });
    },
    async handler(request, reply) {
      const guest = guests.get(request);
      if (guest === undefined) throw new AmandaError('INTERNAL');
      const answer = await row.answer({ ...guest, body: request.body, id: idIn(request.params) });
      reply.code(row.status);
      if ('json' in answer) return reply.send(answer.json);
      const list = await openInTurn(answer.list, guest.userId, reply);
      reply.type('application/json; charset=utf-8');
      if (request.method !== 'HEAD') return reply.send(list);
      list.destroy();
      return reply.send();
    },
  });
}

/** @throws UNAUTHENTICATED */
async function userOf(caller: Caller): Promise<number> {
  const checked = await caller.auth.check();
  if (!checked.authenticated) throw new AmandaError('UNAUTHENTICATED');
  return checked.user.id;
}

/** @throws NOT_FOUND for what no id can be; 0 for a route without one */
function idIn(params: unknown): number {
  if (typeof params !== 'object' || params === null || !('id' in params)) return 0;
  const id =
    typeof params.id === 'string' && /^[1-9]\d{0,15}$/.test(params.id) ? Number(params.id) : Number.NaN;
  if (!Number.isSafeInteger(id)) throw new AmandaError('NOT_FOUND');
  return id;
}

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) {
    const url = withoutPrefix(path);
    const known = methods.get(url) ?? ['OPTIONS'];
    known.push(...(method === 'GET' ? ['GET', 'HEAD'] : [method]));
    methods.set(url, known);
  }
  return methods;
}

/** 405 with `Allow` (RFC 9110, section 15.5.6), and an empty answer to OPTIONS. The body, if any, is not looked at. */
function refuseOtherMethods(scope: FastifyInstance, url: string, allowed: readonly string[]): void {
  const allow = allowed.toSorted().join(', ');
  const others = scope.supportedMethods.filter((method) => method === 'OPTIONS' || !allowed.includes(method));
  scope.route({
    method: others,
    url,
    async onRequest(request, reply) {
      reply.header('allow', allow);
      if (request.method === 'OPTIONS') return reply.code(204).send();
      throw new AmandaError('METHOD_NOT_ALLOWED');
    },
    handler: () => undefined,
  });
}

/** Makes every refusal of the scope the documented JSON. */
function refuseInShape(scope: FastifyInstance, { refused }: Pick<RestOptions, 'refused'>): void {
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const { operation = '' } = request.routeOptions.config;
    const known = fromFastify(error);
    const { status, retryAfterSeconds, body } = restError(known, operation);
    // What comes from a procedure is a TRPCError around it, and was told there.
    if (known instanceof AmandaError) refused?.(known, request);
    if (status >= 500) request.log.error({ err: error }, 'A REST call failed');
    if (retryAfterSeconds !== null) reply.header('retry-after', String(retryAfterSeconds));
    return reply.code(status).type('application/json; charset=utf-8').send(body);
  });
}

/** What Fastify itself refuses, in codes of the table. */
function fromFastify(error: FastifyError): Error {
  if (!error.code?.startsWith('FST_') || error.statusCode === undefined || error.statusCode >= 500)
    return error;
  if (error.statusCode === 413) return new AmandaError('PAYLOAD_TOO_LARGE');
  if (error.statusCode === 415) return new AmandaError('UNSUPPORTED_MEDIA_TYPE');
  return new AmandaError('INVALID_INPUT', { details: { field: 'body', reason: 'syntax' } });
}

function asksForHtml(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') === true;
}
