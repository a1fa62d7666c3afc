import { afterEach, beforeEach } from 'vitest';

/**
 * Lets no test write to the console: a warning there is either a defect or belongs in the log that the test can
 * read. Calls are collected and fail the test that made them; a test that expects a call spies on it with `vi.spyOn`.
 */
const methods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const;
const calls: string[] = [];

for (const method of methods) {
  console[method] = (...args: unknown[]) => {
    calls.push(`console.${method}(${args.map(String).join(', ')})`);
  };
}

beforeEach(() => {
  calls.length = 0;
});

afterEach(() => {
  const written = calls.splice(0);
  if (written.length > 0) throw new Error(`a test must not write to the console:\n${written.join('\n')}`);
});
