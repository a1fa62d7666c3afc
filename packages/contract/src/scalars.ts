import { z } from 'zod';

/** Bounds that a client may want to show. All count code points, as users do, except where a unit is named. */
export const bounds = {
  /** Longest message that the contract lets through. A server takes 200,000 unless it is configured otherwise. */
  message: 1_000_000,
  title: 100,
  displayName: 100,
  tokenName: 100,
  query: 200,
  /** UTF-16 code units. The rules for passwords are in `core`; this only keeps absurd input out. */
  password: 10_000,
  /** UTF-16 code units. */
  email: 1_000,
  page: 200,
} as const;

/** Counts code points without a copy of the text. */
export function countCodePoints(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    const isPair = unit >= 0xd800 && unit <= 0xdbff && index + 1 < text.length;
    if (isPair) index += 1;
    count += 1;
  }
  return count;
}

/** Text without lone surrogates, which neither UTF-8 nor any database could give back. */
const unicode = z.string().refine((text) => text.isWellFormed(), {
  abort: true,
  error: 'must be well-formed Unicode',
  params: { reason: 'format' },
});

const atMost = (most: number) =>
  [
    (text: string) => text.length <= most || countCodePoints(text) <= most,
    { error: `must have at most ${most} characters`, params: { reason: 'long' } },
  ] as const;

/** Text that is trimmed and then has 1 to `most` code points. */
const line = (most: number) =>
  unicode
    .trim()
    .min(1)
    .refine(...atMost(most));

/** A row's id: a positive integer that JavaScript counts exactly. */
export const id = z.int().positive();

/** A time that every database can store and compare: of the years 0 to 9999. */
export const storedTime = z
  .date()
  .min(new Date('0000-01-01T00:00:00.000Z'))
  .max(new Date('9999-12-31T23:59:59.999Z'));

/** Chosen by the client, once for each thing that it wants done once. */
export const clientId = z.uuid();

/** Where a subscription goes on. tRPC's links fill it in when they reconnect. */
export const lastEventId = z.string().max(200).nullish();

export const messageText = line(bounds.message);
export const chatTitle = line(bounds.title);
export const displayName = line(bounds.displayName).nullable();
export const tokenName = line(bounds.tokenName);
export const searchQuery = line(bounds.query);
export const email = unicode.min(1).max(bounds.email);
export const password = unicode.min(1).max(bounds.password);

/** A secret from a mailed link. */
export const mailedToken = z.string().min(1).max(500);

/** Items of one page. */
export const pageLimit = z.int().min(1).max(bounds.page);

/** tRPC's infinite queries always send it; pages here do not depend on it. */
export const ignoredDirection = z.enum(['forward', 'backward']).optional();

/** The answer of a call that has nothing to say but that it was done. */
export const done = z.strictObject({});

/** The input of a call that takes none. */
export const nothing = z.void();
