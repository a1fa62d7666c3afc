import { type AmandaClient, amandaErrorOf, type RouterOutputs, type SearchHit } from '@amanda/client';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { type ReactNode, useDeferredValue, useEffect, useState } from 'react';
import { useClient } from '../server/client.ts';
import { text } from '../text/text.ts';
import { Dialog } from '../ui/dialog.tsx';

const pauseMs = 120;
const mostHits = 20;

/** Reads pages, which end early where the found texts are long, until there are enough hits. */
async function find(client: AmandaClient, query: string): Promise<readonly SearchHit[]> {
  const hits: SearchHit[] = [];
  let cursor: number | null = null;
  do {
    const page: RouterOutputs['chat']['search'] = await client.trpc.chat.search.query({
      query,
      cursor,
      limit: mostHits - hits.length,
    });
    hits.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && hits.length < mostHits);
  return hits;
}

const isTooShort = (error: unknown): boolean => {
  const { code, details } = amandaErrorOf(error);
  return code === 'INVALID_INPUT' && details.reason === 'short';
};

/** Looks through titles and messages as one types. */
export function SearchDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const navigate = useNavigate();
  const [words, setWords] = useState('');
  const [asked, setAsked] = useState('');
  const [chosen, setChosen] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(words.trim()), pauseMs);
    return () => clearTimeout(timer);
  }, [words]);
  const { data, error, isError } = useQuery({
    queryKey: ['search', asked],
    queryFn: () => find(client, asked),
    retry: (failures, thrown) => failures < 1 && amandaErrorOf(thrown).retry,
    enabled: asked !== '',
    placeholderData: (before) => before,
    staleTime: 5_000,
  });
  const hits = useDeferredValue(asked === '' ? [] : (data ?? []));
  const at = Math.min(chosen, Math.max(0, hits.length - 1));
  const open = (hit: SearchHit | undefined) => {
    if (hit === undefined) return;
    onClose();
    void navigate({
      to: '/chats/$chatId',
      params: { chatId: String(hit.chat.id) },
      search: hit.messageId === null ? {} : { message: hit.messageId },
      // The same place once more is another visit.
      state: { visit: Date.now() },
    });
  };
  return (
    <Dialog open onClose={onClose} title={text.search.title} hiddenTitle wide>
      <div className="flex items-center gap-3 border-b border-line px-5">
        <Search className="size-5 shrink-0 text-ink-faint" aria-hidden />
        <input
          type="search"
          role="combobox"
          aria-expanded={hits.length > 0}
          aria-controls="search-hits"
          aria-activedescendant={hits.length > 0 ? `search-hit-${at}` : undefined}
          aria-label={text.search.placeholder}
          placeholder={text.search.placeholder}
          value={words}
          maxLength={200}
          autoFocus
          onChange={({ target }) => {
            setWords(target.value);
            setChosen(0);
          }}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === 'ArrowDown') setChosen(Math.min(at + 1, hits.length - 1));
            else if (event.key === 'ArrowUp') setChosen(Math.max(at - 1, 0));
            else if (event.key === 'Enter') open(hits[at]);
            else return;
            event.preventDefault();
          }}
          className="h-14 min-w-0 flex-1 bg-transparent text-[1.0625rem] outline-none placeholder:text-ink-faint [&::-webkit-search-cancel-button]:hidden"
        />
        <kbd className="rounded-md border border-line px-1.5 py-0.5 font-sans text-xs text-ink-faint">
          Esc
        </kbd>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-2">
        {hits.length === 0 && (
          <p role="status" className="px-4 py-10 text-center text-[0.9375rem] text-ink-faint">
            {isError
              ? isTooShort(error)
                ? text.search.short
                : text.search.failed
              : asked === '' || data === undefined
                ? text.search.start
                : text.search.none(asked)}
          </p>
        )}
        <ul id="search-hits" role="listbox" aria-label={text.search.title} hidden={hits.length === 0}>
          {hits.map((hit, index) => (
            <li
              key={`${hit.chat.id}-${hit.messageId ?? 'title'}`}
              id={`search-hit-${index}`}
              role="option"
              aria-selected={index === at}
              onMouseMove={() => setChosen(index)}
              onClick={() => open(hit)}
              className={`cursor-pointer rounded-xl px-3.5 py-2.5 ${index === at ? 'bg-hover' : ''}`}
            >
              <span className="flex items-baseline gap-3">
                <span className="min-w-0 flex-1 truncate text-[0.9375rem] font-medium">{hit.chat.title}</span>
                <span className="shrink-0 text-xs text-ink-faint">
                  {hit.messageId === null ? text.search.inTitle : hit.chat.lastMessageAt.toLocaleDateString()}
                </span>
              </span>
              <span className="mt-0.5 line-clamp-2 text-sm text-ink-soft">{marked(hit)}</span>
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

/** The text around a match, with the match marked. */
function marked({ marks, snippet }: SearchHit): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const [start, end] of marks) {
    parts.push(
      snippet.slice(from, start),
      <mark key={start} className="rounded-sm bg-mark text-ink">
        {snippet.slice(start, end)}
      </mark>,
    );
    from = end;
  }
  return [...parts, snippet.slice(from)];
}
