import pino, { type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';

/** Field names whose values never reach a log, wherever they stand in the first two levels. */
const secrets = ['password', 'token', 'cookie', 'authorization', 'secret'];

/**
 * Makes the process's log: lines for people when `terminal`, else JSON, one object a line.
 * @param options.destination where it goes instead of standard output
 */
export function createLog(options: {
  level: string;
  terminal: boolean;
  destination?: DestinationStream;
}): Logger {
  const settings = {
    level: options.level,
    redact: secrets.flatMap((name) => [name, `*.${name}`]),
  };
  if (options.destination !== undefined) return pino(settings, options.destination);
  if (!options.terminal) return pino(settings, pino.destination({ fd: 1, sync: true }));
  const people = pretty({
    colorize: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    sync: true,
  });
  return pino(settings, people);
}
