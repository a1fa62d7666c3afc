import type { Log } from '@amanda/core';
import type { FastifyBaseLogger } from 'fastify';

/** Our log in the shape that Fastify gives to plugins as `request.log`. */
export function fastifyLog(log: Log): FastifyBaseLogger {
  const at = (write: (fields: object, text: string) => void) => (fields: unknown, text?: string) =>
    typeof fields === 'object' && fields !== null ? write(fields, text ?? '') : write({}, String(fields));
  return {
    level: 'debug',
    fatal: at((fields, text) => log.error(fields, text)),
    error: at((fields, text) => log.error(fields, text)),
    warn: at((fields, text) => log.warn(fields, text)),
    info: at((fields, text) => log.info(fields, text)),
    debug: at((fields, text) => log.debug(fields, text)),
    trace: () => {},
    silent: () => {},
    child: (fields) => fastifyLog(log.child(fields)),
  };
}
