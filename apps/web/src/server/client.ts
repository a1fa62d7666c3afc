import { type AmandaClient, createAmandaClient, type KeyValueStore } from '@amanda/client';
import { createContext, use } from 'react';

/** The one client of this page, over the page's own origin and its cookie. */
export function createPageClient(): AmandaClient {
  return createAmandaClient({ store: storeOf(() => sessionStorage), timing: { idleMs: 60_000 } });
}

/** Storage may be switched off, and then even its name throws. */
function storeOf(storage: () => Storage): KeyValueStore {
  return {
    getItem: (key) => storage().getItem(key),
    setItem: (key, value) => storage().setItem(key, value),
    removeItem: (key) => storage().removeItem(key),
  };
}

export const ClientContext = createContext<AmandaClient | null>(null);

/** The page's client. */
export function useClient(): AmandaClient {
  const client = use(ClientContext);
  if (client === null) throw new Error('no client above this component');
  return client;
}
