import type { Log } from '../src/log/log.ts';

/** A line that was logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly text: string;
}

/** A log that keeps its lines. */
export function createMemoryLog(): Log & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const logWith = (base: object): Log => {
    const at = (level: LogLine['level']) => (fields: object, text: string) => {
      lines.push({ level, fields: { ...base, ...fields }, text });
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => logWith({ ...base, ...fields }),
    };
  };
  return { ...logWith({}), lines };
}
