import type { Message } from '@amanda/client';
import type { Waiting } from '../outbox/outbox.ts';
import { answerKey, questionKey, type Thread, type ThreadState } from './thread.ts';

/** A row of the thread. */
export type Row =
  | { readonly type: 'message'; readonly key: string; readonly message: Message; readonly isPast: boolean }
  | {
      readonly type: 'waiting';
      readonly key: string;
      readonly entry: Waiting;
      /** It waits for its turn behind an answer or another message, so it begins nothing yet. */
      readonly isBehind: boolean;
    }
  /** An answer that was asked for and has no message yet. */
  | { readonly type: 'coming'; readonly key: string };

/** A question and what answers it. */
export interface Turn {
  readonly key: string;
  readonly rows: readonly Row[];
}

/** Puts the messages of a path and those on their way into rows. */
export function rowsOf(options: {
  path: readonly Message[];
  pastFrom: number | null;
  pending: ThreadState['pending'];
  entries: readonly Waiting[];
  keyOf: Thread['keyOf'];
  /** The link is lost: what is on its way waits for it. */
  isAway: boolean;
}): readonly Row[] {
  const { entries, isAway, keyOf, pastFrom, path, pending } = options;
  const rows: Row[] = path.map((message, index) => ({
    type: 'message',
    key: keyOf(message.id),
    message,
    isPast: pastFrom !== null && index >= pastFrom,
  }));
  if (pending !== null) {
    // What the new turn takes the place of goes at once; it comes back if the server refuses.
    const at = rows.findIndex((row) => row.type === 'message' && row.message.id === pending.messageId);
    const row = rows[at];
    if (row?.type === 'message') {
      if (pending.kind === 'edit') {
        const message = { ...row.message, text: pending.text ?? '' };
        rows.splice(
          at,
          rows.length,
          { ...row, message },
          { type: 'coming', key: `coming-${pending.messageId}` },
        );
      } else if (pending.kind === 'regenerate') {
        rows.splice(at, rows.length, { type: 'coming', key: `coming-${pending.messageId}` });
      } else {
        rows.push({ type: 'coming', key: `coming-${pending.messageId}` });
      }
    }
  }
  const shown = new Set(rows.map(({ key }) => key));
  let isBehind = pending !== null || path.some(({ status }) => status === 'streaming');
  for (const entry of entries) {
    const key = questionKey(entry.clientId);
    if (shown.has(key)) continue;
    rows.push({ type: 'waiting', key, entry, isBehind: isBehind && entry.state !== 'sending' });
    isBehind ||= entry.state !== 'failed';
    if (entry.state === 'sending' && !isAway) rows.push({ type: 'coming', key: answerKey(entry.clientId) });
  }
  return rows;
}

/** Groups rows by question, so that a question and its answer can take room together. */
export function turnsOf(rows: readonly Row[]): readonly Turn[] {
  const turns: { key: string; rows: Row[] }[] = [];
  for (const row of rows) {
    const isQuestion =
      row.type === 'waiting' ? !row.isBehind : row.type === 'message' && row.message.role === 'user';
    const last = turns.at(-1);
    if (isQuestion || last === undefined) turns.push({ key: row.key, rows: [row] });
    else last.rows.push(row);
  }
  return turns;
}
