/** Whose turns and unread answers count together: a user's, or a stranger's (null) address. */
export const partyNamed = (address: string, userId: number | null): string =>
  userId === null ? `address ${address}` : `user ${userId}`;
