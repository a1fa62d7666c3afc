/** What a client needs of the contract when it runs. Nothing here needs zod, which is too large for a page. */
export { feedChanges, isFeedChange } from './feed-changes.ts';
export { contractVersion } from './version.ts';
