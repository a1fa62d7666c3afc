import { createShares } from './shares.ts';

/**
 * Hands the work of many connections out piece by piece. Whose pieces have taken least of the event loop's time is next: among
 * parties (a user, or a stranger's address), and between all users and all strangers. The connections of a party take turns
 * within it. So whoever asks for one thing waits for one piece of somebody else, not for all that others have asked for, and
 * who asks for much at a time gets fewer turns. Between a few pieces the event loop comes round, so that everything else
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
/** What a piece counts at least, in milliseconds: small ones are not told apart. */
const PIECE_MS = 2;

/**
 * Makes the turns of one server. There is nothing to close: without waiting workers it holds no timer.
 * @param now milliseconds from any start
 */
export function createTurns(now: () => number = () => performance.now()): Turns {
  const shares = createShares<Worker>();
  let room = PIECES;
  let isScheduled = false;
  /** When the first piece of this round was begun in its turn. */
  let startedAt: number | undefined;
  /** When the first piece of this round was taken out of turn. */
  let takenAt = 0;
  let underWay: { readonly party: string; readonly since: number } | undefined;

  /** One immediate a piece: what a piece has begun goes on (in its promises) before the next one begins. */
  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    startedAt = undefined;
    for (let pieces = shares.waiting > 0 ? PIECES : 1; pieces > 0; pieces -= 1) setImmediate(next);
    setImmediate(end);
  }

  /** Counts what the piece before has taken, with all that it went on to do. */
  function settle(time: number): void {
    if (underWay !== undefined) shares.charge(underWay.party, Math.max(time - underWay.since, PIECE_MS));
    underWay = undefined;
  }

  function next(): void {
    const time = now();
    settle(time);
    if (startedAt === undefined) {
      startedAt = time;
      room = PIECES;
    }
    if (time - startedAt <= ROUND_MS) doOne(time);
  }

  function end(): void {
    settle(now());
    isScheduled = false;
    if (shares.waiting > 0) schedule();
  }

  function doOne(since: number): void {
    const first = shares.next();
    if (first === undefined) return;
    const { item: worker, party } = first;
    underWay = { party, since };
    if (worker.work()) shares.add(party, worker);
  }

  function take(): boolean {
    if (shares.waiting > 0 || room === 0) return false;
    const time = now();
    if (!isScheduled) takenAt = time;
    else if (time - takenAt > ROUND_MS) return false;
    room -= 1;
    schedule();
    return true;
  }

  function enter(party: string, worker: Worker): void {
    shares.add(party, worker);
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
