/** A row that the reader looks at, and where it stands. */
interface Anchor {
  readonly row: string;
  /** Pixels from the top of the scroller. */
  readonly top: number;
}

/** What the page shows beside the text. */
export interface ScrollView {
  /** Whether growth is followed. */
  readonly pinned: boolean;
  /** Whether the end is so far away that a way back is offered. */
  readonly far: boolean;
}

/** Keeps one scroller where its reader wants it. */
export interface ScrollKeeper {
  /** Goes to the end and follows it. */
  pin(): void;
  /** Stays where the reader is. */
  unpin(): void;
  /** Puts a row into the middle of the view. */
  show(row: string): void;
  /** The place now, to come back to. */
  place(): { readonly pinned: true } | { readonly pinned: false; readonly anchor: Anchor };
  restore(place: { readonly pinned: boolean; readonly anchor?: Anchor }): void;
  /** Looks again after rows have come or gone, before the next paint. */
  settle(): void;
  close(): void;
}

const unpinAfter = 3;
const pinWithin = 60;
const farBeyond = 200;
const nearWithin = 60;

/**
 * Owns the scrolling of a thread. It remembers where its own writes have led, so that every other movement is the
 * reader's. Pinned, the end stays in sight; otherwise the row at the top stays where it is, whatever grows or comes
 * above or below it. All of it happens after layout and before paint.
 */
export function createScrollKeeper(options: {
  scroller: HTMLElement;
  content: HTMLElement;
  onView(view: ScrollView): void;
  /** The reader is within a screen of the first or last row. */
  onNear(edge: 'top' | 'end'): void;
}): ScrollKeeper {
  const { content, scroller } = options;
  let pinned = true;
  let far = false;
  let expected = -1;
  let last = scroller.scrollTop;
  let anchor: Anchor | null = null;

  const end = () => scroller.scrollHeight - scroller.clientHeight;
  const gap = () => end() - scroller.scrollTop;
  const rows = () => content.querySelectorAll<HTMLElement>('[data-row]');
  const topOf = (row: HTMLElement) => row.getBoundingClientRect().top - scroller.getBoundingClientRect().top;

  const show = () => {
    const distance = gap();
    const nowFar = far ? distance > nearWithin : distance > farBeyond;
    const changed = nowFar !== far;
    far = nowFar;
    if (changed || shownPinned !== pinned) {
      shownPinned = pinned;
      options.onView({ pinned, far });
    }
  };
  let shownPinned = true;

  const write = (top: number) => {
    scroller.scrollTop = top;
    expected = scroller.scrollTop;
    last = expected;
  };

  /** The row that crosses the top of the view. Rows are in order, so half of them can be left out each time. */
  const findAnchor = (): Anchor | null => {
    const all = rows();
    let low = 0;
    let high = all.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = all[middle];
      if (row !== undefined && row.getBoundingClientRect().bottom > scroller.getBoundingClientRect().top + 1)
        high = middle;
      else low = middle + 1;
    }
    const row = all[low];
    const name = row?.dataset['row'];
    return row === undefined || name === undefined ? null : { row: name, top: topOf(row) };
  };

  const keepAnchor = () => {
    if (anchor === null) return;
    const { row: name, top } = anchor;
    const row = content.querySelector<HTMLElement>(`[data-row="${CSS.escape(name)}"]`);
    if (row === null) return;
    const moved = topOf(row) - top;
    if (Math.abs(moved) >= 0.5) write(scroller.scrollTop + moved);
  };

  const settle = () => {
    if (pinned) {
      if (gap() > 0.5) write(end());
    } else {
      keepAnchor();
    }
    show();
    near();
  };

  const near = () => {
    const screen = scroller.clientHeight;
    if (scroller.scrollTop < screen) options.onNear('top');
    if (gap() < screen) options.onNear('end');
  };

  const onScroll = () => {
    const top = scroller.scrollTop;
    const isOwn = Math.abs(top - expected) < 1;
    expected = -1;
    const moved = top - last;
    last = top;
    if (!isOwn) {
      if (pinned && moved < 0 && gap() > unpinAfter) pinned = false;
      else if (!pinned && moved > 0 && gap() <= pinWithin) pinned = true;
    }
    if (!pinned) anchor = findAnchor();
    show();
    near();
  };

  // A wheel or key that leads up counts before the browser has moved anything, also in the middle of a burst of text.
  const letGo = () => {
    if (!pinned || end() <= 0) return;
    pinned = false;
    anchor = findAnchor();
    show();
  };
  const onWheel = (event: WheelEvent) => {
    if (event.deltaY <= -unpinAfter) letGo();
  };
  const onKey = (event: KeyboardEvent) => {
    const isField = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if (!isField && ['ArrowUp', 'PageUp', 'Home'].includes(event.key)) letGo();
  };
  let touchedAt = 0;
  const onTouchStart = (event: TouchEvent) => {
    touchedAt = event.touches[0]?.clientY ?? 0;
  };
  const onTouchMove = (event: TouchEvent) => {
    if ((event.touches[0]?.clientY ?? 0) - touchedAt >= unpinAfter) letGo();
  };

  const sizes = new ResizeObserver(settle);
  sizes.observe(content);
  sizes.observe(scroller);
  scroller.addEventListener('scroll', onScroll, { passive: true });
  scroller.addEventListener('wheel', onWheel, { passive: true });
  scroller.addEventListener('keydown', onKey);
  scroller.addEventListener('touchstart', onTouchStart, { passive: true });
  scroller.addEventListener('touchmove', onTouchMove, { passive: true });

  return {
    pin() {
      pinned = true;
      write(end());
      show();
    },
    unpin() {
      pinned = false;
      anchor = findAnchor();
      show();
    },
    show(name) {
      const row = content.querySelector(`[data-row="${CSS.escape(name)}"]`);
      if (row === null) return;
      pinned = false;
      row.scrollIntoView({ block: 'center', behavior: 'instant' });
      anchor = findAnchor();
      show();
    },
    place() {
      const now = pinned ? null : findAnchor();
      return now === null ? { pinned: true } : { pinned: false, anchor: now };
    },
    restore(place) {
      pinned = place.pinned || place.anchor === undefined;
      anchor = place.anchor ?? null;
      settle();
    },
    settle,
    close() {
      sizes.disconnect();
      scroller.removeEventListener('scroll', onScroll);
      scroller.removeEventListener('wheel', onWheel);
      scroller.removeEventListener('keydown', onKey);
      scroller.removeEventListener('touchstart', onTouchStart);
      scroller.removeEventListener('touchmove', onTouchMove);
    },
  };
}
