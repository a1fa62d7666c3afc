import type { ServerResponse } from 'node:http';

/** Runs something once an answer is over, however it ended; at once when it is over already. */
export function whenOver(response: ServerResponse, run: () => void): void {
  if (response.closed || response.destroyed) run();
  else response.once('close', run);
}
