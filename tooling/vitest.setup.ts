import { afterAll, afterEach } from 'vitest';

/**
 * Lets no test write to the console: what is written there is either a defect or belongs in the log, which a test can
 * read. A test that expects such a call replaces the method with `vi.spyOn`.
 */
const written: string[] = [];

for (const method of ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const) {
  console[method] = (...args: unknown[]) => {
    written.push(`console.${method}(${args.map(String).join(', ')})`);
  };
}

function failIfWritten(): void {
  const lines = written.splice(0);
  if (lines.length > 0) throw new Error(`a test must not write to the console:\n${lines.join('\n')}`);
}

afterEach(failIfWritten);
afterAll(failIfWritten);
