import type { Server } from 'node:http';

import { addressKey } from '@amanda/core';

/** How many TCP connections one address may hold, and all together. */
export interface OpenSocketLimits {
  readonly perAddress: number;
  /** Null for as many as the system gives. */
  readonly total: number | null;
}

/**
 * Bounds the TCP connections of a server, also those that never say anything: what is too much is closed before a byte
 * of it is read. A trusted proxy speaks for many, so only the total bounds it.
 * @param options.onRefused gets the address of a connection that was closed
 */
export function boundOpenSockets(
  server: Server,
  options: {
    limits: OpenSocketLimits;
    trusts: (address: string, hop: number) => boolean;
    onRefused?: ((bound: keyof OpenSocketLimits, address: string) => void) | undefined;
  },
): void {
  const { limits, onRefused, trusts } = options;
  const open = new Map<string, number>();
  // One address may not take everything, however few descriptors there are.
  const perAddress = Math.min(limits.perAddress, Math.ceil((limits.total ?? Infinity) / 2));
  if (limits.total !== null) server.maxConnections = limits.total;
  server.on('drop', (dropped) => onRefused?.('total', dropped?.remoteAddress ?? ''));
  server.on('connection', (socket) => {
    const address = socket.remoteAddress;
    if (address === undefined || trusts(address, 0)) return;
    const key = addressKey(address);
    const others = open.get(key) ?? 0;
    if (others >= perAddress) {
      onRefused?.('perAddress', address);
      socket.destroy();
      return;
    }
    open.set(key, others + 1);
    socket.once('close', () => {
      const rest = (open.get(key) ?? 0) - 1;
      if (rest > 0) open.set(key, rest);
      else open.delete(key);
    });
  });
}

/** What part of the descriptors is kept for the database, the AI backend and files. */
const RESERVE = 0.2;

/** How many connections this process can hold, by what the system allows it to open; null when that is no bound. */
export function mostOpenSockets(): number | null {
  // Else the report looks up the names of all peers. Newer than the types of Node.
  Reflect.set(process.report, 'excludeNetwork', true);
  const report: unknown = process.report.getReport();
  const files = fieldOf(fieldOf(report, 'userLimits'), 'open_files');
  const soft = fieldOf(files, 'soft');
  return typeof soft === 'number' ? Math.floor(soft * (1 - RESERVE)) : null;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
