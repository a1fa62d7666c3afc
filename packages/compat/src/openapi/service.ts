import { z } from 'zod';
import { answer, refusals, schemaOf } from './answers.ts';

const about = z.strictObject({ service: z.string(), status: z.literal('running'), version: z.string() });
const alive = z.strictObject({ status: z.literal('healthy') });
const ready = z.strictObject({ status: z.literal('ready') });
const unready = z.union([
  z.strictObject({ status: z.string() }),
  z.strictObject({ success: z.literal(false), message: z.string() }),
]);

const probe = (operationId: string, summary: string, responses: Record<string, object>) => ({
  get: { operationId, summary, tags: ['service'], security: [], responses },
});

/** What stands beside `/api`: what the service is, and whether it is alive and ready (`/ready` is the host's). */
export const service: Readonly<Record<string, Record<string, object>>> = {
  '/': probe('about', 'Names the service; browsers, which ask for HTML, get the web app', {
    200: {
      description: 'Running',
      content: {
        'application/json': { schema: schemaOf(about) },
        'text/html': { schema: { type: 'string' } },
      },
    },
    ...refusals([400, 500, 503]),
  }),
  '/health': probe('health', 'Tells that the process answers', {
    200: answer(200, schemaOf(alive)),
    ...refusals([400, 500, 503]),
  }),
  '/ready': probe('ready', 'Tells whether it may be sent traffic', {
    200: answer(200, schemaOf(ready)),
    ...refusals([400, 500]),
    503: answer(503, schemaOf(unready)),
  }),
};
