/**
 * What the router's type says about the context of a call: nothing. `context.ts` fills it in for the server, so that
 * the types of a client, bundled without that file, name no part of the server.
 */
export interface Scope {}
