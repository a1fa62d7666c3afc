/** The value below which a share of the values lies; 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The median. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** One line of the results: what was measured of the limit and of Amanda. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** The bare program; null where there is none. */
  readonly limit: number | null;
  readonly amanda: number;
  /** In words, with its number. */
  readonly goal: string;
  /** Whether the goal is met; null where this figure has none. */
  readonly met: boolean | null;
}

/** Says that pieces are missing; a benchmark that loses text measures nothing. */
export function assertCount(what: string, received: number, expected: number): void {
  if (received !== expected) throw new Error(`${what}: ${received} of ${expected} pieces arrived`);
}
