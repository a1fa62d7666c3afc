/**
 * `fetch` that follows no redirect: the answer to a conversation and a key must come from the server that the operator
 * named. A redirect rejects with a TypeError, as a lost connection does.
 */
export const sameServer: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'error' });
