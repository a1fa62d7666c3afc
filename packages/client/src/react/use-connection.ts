import { useSyncExternalStore } from 'react';
import type { ConnectionState } from '../connection/connection.ts';
import { useAmanda } from './context.ts';

/** How the client stands with the server. */
export function useConnection(): ConnectionState {
  const { connection } = useAmanda();
  return useSyncExternalStore(connection.subscribe, connection.getSnapshot, connection.getSnapshot);
}
