import { type AmandaClient, joinVersions, type Message, type RouterOutputs } from '@amanda/client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useClient } from '../server/client.ts';
import { storage } from '../server/storage.ts';

/** An earlier version that is being read instead of the current one. */
interface View {
  /** A message that stands on the path now. */
  readonly messageId: number;
  readonly index: number;
}

const keyOf = (chatId: number) => `amanda.version.${chatId}`;

function load(chatId: number): View | null {
  const [messageId, index] = (storage.get(keyOf(chatId)) ?? '').split(':').map(Number);
  return messageId !== undefined && index !== undefined && messageId > 0 && index > 0
    ? { messageId, index }
    : null;
}

type VersionPage = RouterOutputs['message']['versions'];

/** How much of what followed an earlier version is shown. */
const longestPast = 200;

/** Reads pages until one version, counted from 1, is there with what followed it. */
async function readVersion(
  client: AmandaClient,
  messageId: number,
  index: number,
): Promise<VersionPage['items'][number] | null> {
  let read: VersionPage['items'] = [];
  let cursor: VersionPage['nextCursor'] = null;
  do {
    const page: VersionPage = await client.trpc.message.versions.query({ messageId, cursor });
    read = joinVersions([...read, ...page.items]);
    const found = read[index - 1];
    // Once the next version has begun, nothing more of this one comes.
    if (found !== undefined && (read.length > index || found.followedBy.length >= longestPast)) return found;
    cursor = page.nextCursor;
  } while (cursor !== null);
  return read[index - 1] ?? null;
}

/** The path with an earlier version in place of the current one, if the reader has chosen one; kept over a reload. */
export function usePastVersion(
  chatId: number,
  path: readonly Message[],
): {
  path: readonly Message[];
  pastFrom: number | null;
  show: (message: Message, index: number) => void;
  leave: () => void;
} {
  const client = useClient();
  const [view, setView] = useState(() => load(chatId));
  const at = view === null ? -1 : path.findIndex(({ id }) => id === view.messageId);
  const current = path[at];
  const isPast = view !== null && current !== undefined && view.index !== current.version.index;
  const { data } = useQuery({
    queryKey: ['versions', view?.messageId, view?.index, current?.version.count],
    queryFn: () => readVersion(client, view?.messageId ?? 0, view?.index ?? 1),
    enabled: isPast,
    staleTime: 60_000,
  });
  const change = (next: View | null) => {
    setView(next);
    if (next === null) storage.remove(keyOf(chatId));
    else storage.set(keyOf(chatId), `${next.messageId}:${next.index}`);
  };
  const leave = () => change(null);

  const version = isPast ? (data ?? undefined) : undefined;
  const pathBefore = path.slice(0, Math.max(0, at));
  const shown = version === undefined ? path : [...pathBefore, version.message, ...version.followedBy];
  return {
    path: shown,
    pastFrom: version === undefined ? null : at,
    leave,
    show(message, index) {
      // Within an earlier path only its own fork can be turned; it stands where the current one stands.
      const fork =
        version !== undefined && message.id === version.message.id
          ? current
          : path.find(({ id }) => id === message.id);
      if (fork === undefined) return;
      if (index === fork.version.index) leave();
      else change({ messageId: fork.id, index });
    },
  };
}
