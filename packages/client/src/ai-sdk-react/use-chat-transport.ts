import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { type AmandaChatTransport, type ChatTransportOptions, transportFor } from '../ai-sdk/transport.ts';
import type { AmandaClient } from '../client.ts';

/** React warns of layout effects where there is no page. */
const useEarlyEffect = 'document' in globalThis ? useLayoutEffect : useEffect;

/**
 * A transport for the `useChat` of this component: the `stop()` of a reader ends the writing on the server, and a
 * component that goes, or shows another chat, only leaves. `useChat` calls `stop()` for these as well; the effect here
 * ends before that, and so knows.
 * @param id the `id` that is given to `useChat`, if any
 * @param options as they are at the first render
 */
export function useChatTransport(
  client: AmandaClient,
  id?: string,
  options?: ChatTransportOptions,
): AmandaChatTransport {
  const left = useRef(new Set<string>());
  const first = useRef(options);
  useEarlyEffect(() => {
    const gone = left.current;
    const name = id ?? everything;
    gone.delete(name);
    return () => {
      gone.add(name);
    };
  }, [id]);
  return useMemo(
    () =>
      transportFor(
        client,
        first.current ?? {},
        (chat) => left.current.has(chat) || left.current.has(everything),
      ),
    [client],
  );
}

/** Stands for all chats of a component that names none; no id is empty. */
const everything = '';
