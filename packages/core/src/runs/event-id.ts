import { AmandaError } from '../errors/amanda-error.ts';

/** A place in a message's stream. */
export interface Place {
  readonly runId: number;
  /** In UTF-16 code units of the message's text. */
  readonly offset: number;
}

const pattern = /^(0|[1-9]\d{0,15}):(0|[1-9]\d{0,15})(?:\.[a-z]\d*)?$/;

/** Writes an event id: `<run>:<offset>`, with a suffix where the same place is named again (`e` end, `p1` ping, `r` reset). */
export function eventId(place: Place, suffix?: string): string {
  return `${place.runId}:${place.offset}${suffix === undefined ? '' : `.${suffix}`}`;
}

/**
 * Reads an event id; its suffix is ignored.
 * @throws INVALID_EVENT_ID when it is not of that form
 */
export function parseEventId(id: string): Place {
  const [, runId, offset] = pattern.exec(id) ?? [];
  const place = { runId: Number(runId), offset: Number(offset) };
  if (!Number.isSafeInteger(place.runId) || !Number.isSafeInteger(place.offset)) {
    throw new AmandaError('INVALID_EVENT_ID', { details: { field: 'lastEventId' } });
  }
  return place;
}
