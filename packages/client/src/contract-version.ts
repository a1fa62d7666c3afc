/** The contract that this client speaks; the server names its own in `system.info`. A newer one breaks older clients. */
export const contractVersion = 1;
