/** Structured log; pino has this shape. Fields never hold passwords, cookies, tokens or message texts. */
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
  /** A log that adds these fields to each line. */
  child(fields: object): Log;
}

/** Writes nothing. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
