import { storage } from '../server/storage.ts';

const prefix = 'amanda.draft.';
const keyOf = (userId: number, place: number | 'new') => `${prefix}${userId}.${place}`;

/** What a user has typed and not sent, per chat. Kept at once, so that nothing that ends the page loses it. */
export const drafts = {
  get: (userId: number, place: number | 'new'): string => storage.get(keyOf(userId, place)) ?? '',
  set(userId: number, place: number | 'new', draft: string): void {
    if (draft === '') storage.remove(keyOf(userId, place));
    else storage.set(keyOf(userId, place), draft);
  },
  /** Forgets the drafts of everybody: nobody is logged in here any more. */
  clear(): void {
    for (const key of storage.keys(prefix)) storage.remove(key);
  },
};
