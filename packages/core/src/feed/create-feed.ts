import type { Transactions } from '@amanda/db';
import type { Topics } from '../bus/topics.ts';
import { AmandaError } from '../errors/amanda-error.ts';
import type { Feed } from './feed.ts';

/** Changes that one read of the feed gives. */
const pageSize = 100;

/** Makes the change feeds of all users. */
export function createFeed(transactions: Pick<Transactions, 'readFeed'>, topics: Topics<number>): Feed {
  const read = async (userId: number, after: number, limit: number) => {
    const page = await transactions.readFeed(userId, after, limit);
    if (page === undefined) throw new AmandaError('NOT_FOUND');
    return page;
  };

  return {
    async *watch(userId, input, { signal }) {
      const asked = input.from === undefined ? undefined : parseFeedId(input.from);
      const watcher = topics.watch(userId);
      const leave = (): void => watcher.close();
      signal.addEventListener('abort', leave, { once: true });
      try {
        const start = await read(userId, 0, 0);
        const known =
          asked !== undefined &&
          asked.epoch === start.epoch &&
          asked.seq <= start.newest &&
          asked.seq >= start.oldest - 1;
        let seq = known ? asked.seq : start.newest;
        const place = (): string => `${start.epoch}:${seq}`;
        // With a suffix, since a change may have the same number: an id must never be given twice.
        if (asked === undefined) yield { id: `${place()}.s`, type: 'ready' };
        else if (!known) yield { id: `${place()}.r`, type: 'reset' };

        let pings = 0;
        while (!signal.aborted) {
          const { entries, oldest, newest } = await read(userId, seq, pageSize);
          if (oldest > seq + 1) {
            // Swept away while this reader stood still.
            seq = newest;
            yield { id: `${place()}.r`, type: 'reset' };
            continue;
          }
          for (const entry of entries) {
            seq = entry.seq;
            yield { id: place(), type: 'change', change: entry.change };
          }
          if (entries.length === pageSize) continue;
          await watcher.changed();
          if (watcher.pingDue()) {
            pings += 1;
            yield { id: `${place()}.p${pings}`, type: 'ping' };
          }
        }
      } finally {
        signal.removeEventListener('abort', leave);
        watcher.close();
      }
    },
  };
}

const pattern = /^([\w-]{1,64}):(0|[1-9]\d{0,15})(?:\.[a-z]\d*)?$/;

function parseFeedId(id: string): { epoch: string; seq: number } {
  const [, epoch, digits] = pattern.exec(id) ?? [];
  const seq = Number(digits);
  if (epoch === undefined || !Number.isSafeInteger(seq)) {
    throw new AmandaError('INVALID_EVENT_ID', { details: { field: 'lastEventId' } });
  }
  return { epoch, seq };
}
