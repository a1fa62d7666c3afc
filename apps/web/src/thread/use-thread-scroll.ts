import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { reading } from '../theme/theme.ts';
import { createScrollKeeper, type ScrollKeeper, type ScrollView } from './scroll.ts';
import type { Turn } from './turns.ts';

/** Turns that stand in the document at a time; of more than these, the others are left out. */
const mostTurns = 90;
const stepTurns = 40;

/** Where each chat was left, as long as the page lives. */
const places = new Map<number, ReturnType<ScrollKeeper['place']>>();

/** What the thread shows of its turns, and how it is moved. */
export interface ThreadScroll {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLDivElement | null>;
  readonly view: ScrollView;
  /** The turns in the document: from (included) to (not included). */
  readonly from: number;
  readonly to: number;
  /** The turn that was begun here last: it may fill the screen, so that its question stands at the top. */
  readonly begun: string | null;
  /** The next new turn was begun by the reader. */
  begin(): void;
  /** Follows the end from now on. */
  readonly pin: () => void;
  /** Goes to the end, wherever the reader is. */
  readonly jump: () => void;
  /** Shows a row in the middle of the view, if it is loaded. */
  readonly reveal: (row: string) => void;
}

/** Keeps the thread where its reader wants it, and as much of it in the document as is near. */
export function useThreadScroll(options: {
  chatId: number | null;
  turns: readonly Turn[];
  isReady: boolean;
  loadOlder(): void;
}): ThreadScroll {
  const { chatId, isReady, turns } = options;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const keeper = useRef<ScrollKeeper>(null);
  const [view, setView] = useState<ScrollView>({ pinned: true, far: false });
  const [begun, setBegun] = useState<string | null>(null);
  /** One past the last turn in the document; null follows the end. */
  const [windowEnd, setWindowEnd] = useState<number | null>(null);
  const to = Math.min(windowEnd ?? turns.length, turns.length);
  const from = Math.max(0, to - mostTurns);

  const near = useRef<(edge: 'top' | 'end') => void>(() => {});
  near.current = (edge) => {
    if (edge === 'top') {
      if (from > 0) setWindowEnd(Math.max(mostTurns, to - stepTurns));
      else options.loadOlder();
    } else if (windowEnd !== null) {
      const next = to + stepTurns;
      setWindowEnd(next >= turns.length ? null : next);
    }
  };

  // Older pages come in above: the window stays at the turns that are being read.
  const firstKey = turns[0]?.key;
  const knownFirst = useRef(firstKey);
  useLayoutEffect(() => {
    const before = knownFirst.current;
    knownFirst.current = firstKey;
    if (before === firstKey || before === undefined || view.pinned || turns.length <= mostTurns) return;
    if (turns.findIndex(({ key }) => key === before) <= 0) return;
    setWindowEnd(Math.min(turns.length, Math.max(mostTurns, to - (windowEnd === null ? stepTurns : 0))));
  }, [firstKey, turns, to, view.pinned, windowEnd]);

  useLayoutEffect(() => {
    if (!isReady || scroller.current === null || content.current === null) return undefined;
    const made = createScrollKeeper({
      scroller: scroller.current,
      content: content.current,
      onView: setView,
      onNear: (edge) => near.current(edge),
    });
    keeper.current = made;
    made.restore((chatId === null ? undefined : places.get(chatId)) ?? { pinned: true });
    return () => {
      if (chatId !== null) places.set(chatId, made.place());
      made.close();
      keeper.current = null;
    };
  }, [isReady, chatId]);
  useLayoutEffect(() => keeper.current?.settle(), [turns, from, to]);

  const lastTurn = turns.at(-1)?.key ?? null;
  const isBeginning = useRef(false);
  useLayoutEffect(() => {
    if (!isBeginning.current) return;
    isBeginning.current = false;
    setBegun(lastTurn);
  }, [lastTurn]);
  useLayoutEffect(() => {
    if (begun === null) return;
    keeper.current?.pin();
    if (reading.get() === 'stay') keeper.current?.unpin();
  }, [begun]);

  // A row that is to be shown: first its window, then the row itself.
  const [wanted, setWanted] = useState<string | null>(null);
  useEffect(() => {
    if (wanted === null) return;
    const at = turns.findIndex(({ rows }) => rows.some(({ key }) => key === wanted));
    if (at < 0) return;
    if (at < from || at >= to) {
      setWindowEnd(Math.min(turns.length, at + stepTurns));
      return;
    }
    keeper.current?.show(wanted);
    setWanted(null);
  }, [wanted, turns, from, to]);

  const pin = useCallback(() => keeper.current?.pin(), []);
  return {
    scroller,
    content,
    view,
    from,
    to,
    begun,
    begin() {
      isBeginning.current = true;
      setWindowEnd(null);
      pin();
    },
    pin,
    jump: useCallback(() => {
      setWindowEnd(null);
      requestAnimationFrame(pin);
    }, [pin]),
    reveal: setWanted,
  };
}
