import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

const jsonSchema = z.custom<Parameters<typeof z.fromJSONSchema>[0]>((one) => typeof one === 'object');

const content = z.record(z.string(), z.object({ schema: jsonSchema }));
const documentShape = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), z.object({ content })) })),
  ),
  components: z.object({ schemas: z.record(z.string(), jsonSchema) }),
});

/**
 * Holds every answer of the app to its document; closing the app fails when one was not as described. Lists are not
 * looked at, which are sent as they are read: the test of the routes holds them to the same schemas.
 */
export function holdToDocument(app: FastifyInstance, source: object): void {
  const { paths, components } = documentShape.parse(source);
  const faults: string[] = [];

  function faultOf(method: string, url: string, status: number, body: string): string | null {
    const path = url.replace(/^\/api\/chat\/(?!(?:list|create)$)[^/]+/, '/api/chat/{chat_id}');
    const operation = paths[path]?.[method.toLowerCase()];
    // A path or a method that there is not is refused in the shape of all refusals.
    const described =
      operation === undefined
        ? components.schemas['Error']
        : operation.responses[status]?.content['application/json']?.schema;
    if (described === undefined) return 'this status is not described';
    const name = typeof described === 'object' && (described.$ref ?? '').split('/').at(-1);
    const schema = typeof name === 'string' && name !== '' ? components.schemas[name] : described;
    if (schema === undefined) return `there is no schema ${String(name)}`;
    const { error } = z.fromJSONSchema(schema).safeParse(JSON.parse(body));
    return error === undefined ? null : error.message;
  }

  app.addHook('onSend', async (request, reply, payload) => {
    const [url = ''] = request.url.split('?', 1);
    const isJson = String(reply.getHeader('content-type')).startsWith('application/json');
    if (!isJson || typeof payload !== 'string' || payload === '' || url === '/api/openapi.json')
      return payload;
    const fault = faultOf(request.method === 'HEAD' ? 'GET' : request.method, url, reply.statusCode, payload);
    if (fault !== null) faults.push(`${request.method} ${url} ${reply.statusCode} ${payload}: ${fault}`);
    return payload;
  });
  app.addHook('onClose', async () => {
    if (faults.length > 0) throw new Error(`not as the document says:\n${faults.join('\n')}`);
  });
}
