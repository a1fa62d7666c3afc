/** What a benchmark asks the AI program for, written as the question's text. */
export interface Order {
  readonly pieces: number;
  /** Length of a piece in characters, at least 20. */
  readonly size: number;
  /** Pieces per second; 0 for as fast as they are taken. */
  readonly rate: number;
}

/** Writes an order as a question. */
export const questionOf = (order: Order): string => JSON.stringify(order);

/** Reads it again. */
export function orderOf(question: string): Order {
  const order: Partial<Order> = JSON.parse(question);
  return { pieces: order.pieces ?? 0, size: order.size ?? 20, rate: order.rate ?? 0 };
}

/** Microseconds since 1970, on a clock that all processes of this machine share. */
export const microseconds = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);

/** A piece that carries the time at which it was made: 16 digits, filling, a line break. */
export function stampedPiece(size: number): string {
  return `${microseconds()}`
    .padStart(16, '0')
    .padEnd(size - 1, '.')
    .concat('\n');
}

/** Counts whole pieces in a growing text and notes how old each was when it came. */
export function createPieceCounter(size: number): { add(text: string): void; count: number; ages: number[] } {
  let rest = '';
  const counter = {
    count: 0,
    /** In milliseconds. */
    ages: [] as number[],
    add(text: string) {
      const now = microseconds();
      const all = rest + text;
      const whole = Math.floor(all.length / size);
      for (let i = 0; i < whole; i += 1) {
        counter.ages.push((now - Number(all.slice(i * size, i * size + 16))) / 1000);
      }
      counter.count += whole;
      rest = all.slice(whole * size);
    },
  };
  return counter;
}
