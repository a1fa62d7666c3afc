/** Whose turns and unread answers count together: a user's, or a stranger's (null) address. */
export const partyNamed = (address: string, userId: number | null): string =>
  userId === null ? `${STRANGER}${address}` : `user ${userId}`;

/** Whether a party is a stranger's address: anybody may have any number of those. */
export const isStranger = (party: string): boolean => party.startsWith(STRANGER);

const STRANGER = 'address ';
