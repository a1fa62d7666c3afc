import { useEffect, useState, useSyncExternalStore } from 'react';
import { useClient } from '../server/client.ts';
import { text } from '../text/text.ts';

/** A short gap is not worth a word; after this many milliseconds it is. */
const quietMs = 2_000;
/** After this it is more than a gap. */
const longMs = 8_000;

/** Whether the link is lost at the moment. */
export function useConnectionAway(): boolean {
  const { connection } = useClient();
  const { status } = useSyncExternalStore(connection.subscribe, connection.getSnapshot);
  return status === 'reconnecting' || status === 'offline';
}

/** One quiet line about the link, when there is something to say. It clears itself. */
export function ConnectionLine() {
  const { connection } = useClient();
  const state = useSyncExternalStore(connection.subscribe, connection.getSnapshot);
  const { since, status } = state;
  const [awayMs, setAwayMs] = useState(0);
  const isAway = status === 'reconnecting' || status === 'connecting' || status === 'offline';
  useEffect(() => {
    if (!isAway) return undefined;
    // Only how long it has been away already is read off the device's clock, which may be set; the rest is timers.
    const already = Math.max(0, Date.now() - since);
    setAwayMs(already);
    const timers = [quietMs, longMs].map((ms) => setTimeout(() => setAwayMs(ms), Math.max(0, ms - already)));
    return () => timers.forEach(clearTimeout);
  }, [isAway, since]);

  if (status === 'outdated') {
    return (
      <Line>
        {text.connection.outdated}{' '}
        <button
          type="button"
          className="font-medium text-accent underline underline-offset-4"
          onClick={() => location.reload()}
        >
          {text.connection.reload}
        </button>
      </Line>
    );
  }
  if (!isAway || awayMs < quietMs) return <Line />;
  if (status === 'offline') return <Line>{text.connection.offline}</Line>;
  return <Line>{awayMs < longMs ? text.connection.reconnecting : text.connection.away}</Line>;
}

function Line({ children }: { children?: React.ReactNode }) {
  return (
    <p
      role="status"
      data-connection
      className="max-w-[70%] shrink-0 truncate px-2 text-sm text-ink-soft empty:hidden"
    >
      {children !== undefined && (
        <span className="flex animate-arrive items-center gap-2">
          <span aria-hidden="true" className="size-2 shrink-0 animate-breathe rounded-full bg-accent" />
          <span className="truncate">{children}</span>
        </span>
      )}
    </p>
  );
}
