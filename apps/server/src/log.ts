import pino, { type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';

/** Field names whose values never reach a log, wherever they stand in the first two levels. */
const secrets = ['password', 'token', 'cookie', 'authorization', 'secret'];

/**
 * Makes the process's log: one line for people when `terminal`, else JSON, one object a line.
 * @param options.colors by default what the terminal can do and `NO_COLOR` does not forbid
 * @param options.destination where it goes instead of standard output
 */
export function createLog(options: {
  level: string;
  terminal: boolean;
  colors?: boolean;
  destination?: DestinationStream;
}): Logger {
  const settings = {
    level: options.level,
    redact: secrets.flatMap((name) => [name, `*.${name}`]),
  };
  if (!options.terminal) {
    return pino(settings, options.destination ?? pino.destination({ fd: 1, sync: true }));
  }
  const people = pretty({
    colorize: options.colors ?? (process.stdout.isTTY && process.stdout.hasColors()),
    translateTime: 'SYS:HH:MM:ss',
    // An address and a signal are for programs: the text says them.
    ignore: 'pid,hostname,url,signal',
    singleLine: true,
    sync: true,
    ...(options.destination === undefined ? {} : { destination: options.destination }),
  });
  return pino(settings, people);
}
