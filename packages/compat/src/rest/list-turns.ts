import { AmandaError } from '../api.ts';

/** Lists of one user that are read and sent at the same time; each holds a page. */
const mostAtOnce = 3;

/** Lists of one user that wait for their turn; they hold nothing. */
const mostWaiting = 100;

/** Takes a turn. Call what it resolves with, once, when the list is over. */
export interface ListTurns {
  /**
   * @param gone aborts when the client leaves
   * @throws RATE_LIMITED when too many wait, the signal's reason when the client leaves before its turn
   */
  take(userId: number, gone: AbortSignal): Promise<() => void>;
}

interface Line {
  running: number;
  readonly waiting: Set<() => void>;
}

/** Lets each user have a few lists under way; further ones wait, in their order. */
export function createListTurns(): ListTurns {
  const lines = new Map<number, Line>();

  const leave = (userId: number, line: Line): void => {
    const [next] = line.waiting;
    if (next !== undefined) {
      // The place goes to who waits longest.
      line.waiting.delete(next);
      next();
      return;
    }
    line.running -= 1;
    if (line.running === 0) lines.delete(userId);
  };

  return {
    async take(userId, gone) {
      gone.throwIfAborted();
      const line = lines.get(userId) ?? { running: 0, waiting: new Set() };
      lines.set(userId, line);
      if (line.running < mostAtOnce) line.running += 1;
      else if (line.waiting.size >= mostWaiting) throw new AmandaError('RATE_LIMITED');
      else {
        const turn = Promise.withResolvers<void>();
        const give = () => turn.resolve();
        const quit = () => {
          if (line.waiting.delete(give)) turn.reject(gone.reason);
        };
        line.waiting.add(give);
        gone.addEventListener('abort', quit, { once: true });
        await turn.promise.finally(() => gone.removeEventListener('abort', quit));
      }
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave(userId, line);
      };
    },
  };
}
