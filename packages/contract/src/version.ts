/** Raised when a change of the contract breaks clients that were built before it; they then ask to be updated. */
export const contractVersion = 1;
