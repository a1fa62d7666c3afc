/**
 * Hands the work of many connections out piece by piece. Parties (a user, or a stranger's address) take turns, and the
 * connections of a party take turns within it: whoever asks for one thing waits for one piece of each other party, never
 * for all that somebody else has asked for. Between a few pieces the event loop comes round, so that everything else
 * (requests, timers, text of answers) is served too.
 */
export interface Turns {
  /** Whether a piece may be done right now, out of turn: nobody waits, and this round of the loop has room. Takes the room. */
  take(): boolean;
  /** Asks for turns for a worker until its {@link Worker.work} says that there is nothing more to do. */
  enter(party: string, worker: Worker): void;
  /** Resolves when a party may begin one piece; undefined when it may right now. */
  turn(party: string): Promise<void> | undefined;
}

/** Has pieces of work to do. */
export interface Worker {
  /** Does one piece. @returns whether there is more to do now; with `false` it has to enter again */
  work(): boolean;
}

/** Pieces between two rounds of the event loop. */
const PIECES = 8;
/** How long the pieces of one round may take together before the loop comes round, in milliseconds. */
const ROUND_MS = 5;

/** Makes the turns of one server. There is nothing to close: without waiting workers it holds no timer. */
export function createTurns(): Turns {
  /** Parties in the order of their turns, each with its workers in the order of theirs. */
  const waiting = new Map<string, Worker[]>();
  let room = PIECES;
  let scheduled = 0;
  let startedAt = 0;
  /** When the first piece of this round was taken out of turn. */
  let takenAt = 0;

  /** One immediate a piece: what a piece has begun goes on (in its promises) before the next one begins. */
  function schedule(): void {
    if (scheduled > 0) return;
    startedAt = 0;
    scheduled = waiting.size > 0 ? PIECES : 1;
    for (let piece = 0; piece < scheduled; piece += 1) setImmediate(next);
  }

  function next(): void {
    scheduled -= 1;
    if (startedAt === 0) {
      startedAt = performance.now();
      room = PIECES;
    }
    if (performance.now() - startedAt <= ROUND_MS) doOne();
    if (waiting.size > 0) schedule();
  }

  function doOne(): void {
    const [first] = waiting;
    if (first === undefined) return;
    const [party, workers] = first;
    waiting.delete(party);
    const worker = workers.shift();
    if (worker?.work() === true) workers.push(worker);
    if (workers.length === 0) return;
    // Others of the party may have entered meanwhile.
    waiting.set(party, [...workers, ...(waiting.get(party) ?? [])]);
  }

  function take(): boolean {
    if (waiting.size > 0 || room === 0) return false;
    const now = performance.now();
    if (scheduled === 0) takenAt = now;
    else if (now - takenAt > ROUND_MS) return false;
    room -= 1;
    schedule();
    return true;
  }

  function enter(party: string, worker: Worker): void {
    const workers = waiting.get(party);
    if (workers === undefined) waiting.set(party, [worker]);
    else workers.push(worker);
    schedule();
  }

  return {
    take,
    enter,
    turn(party) {
      if (take()) return undefined;
      return new Promise((resolve) => {
        enter(party, {
          work() {
            resolve();
            return false;
          },
        });
      });
    },
  };
}
