/** A row that the reader looks at, and where it stands. */
interface Anchor {
  readonly row: string;
  /** Pixels from the top of the scroller. */
  readonly top: number;
}

/** What the reader looks at within a row, as long as its elements live. */
interface Hold extends Anchor {
  /** The paragraph, formula or the like at the top of the view. */
  readonly line: { readonly element: Element; readonly top: number } | null;
}

/** What is taller than this, in pixels, is looked into for the line being read. */
const tallLine = 120;

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
 * reader's. Pinned, the end stays in sight; otherwise the line at the top stays where it is, whatever grows or comes
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
  let knownHeight = scroller.clientHeight;
  let anchor: Hold | null = null;

  const end = () => scroller.scrollHeight - scroller.clientHeight;
  const gap = () => end() - scroller.scrollTop;
  const rows = () => content.querySelectorAll<HTMLElement>('[data-row]');
  const topOf = (element: Element) =>
    element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;

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

  /** The element that crosses the top of the view. They are in order, so half of them can be left out each time. */
  const crossing = <Each extends Element>(all: ArrayLike<Each>): Each | undefined => {
    const view = scroller.getBoundingClientRect().top + 1;
    let low = 0;
    let high = all.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.getBoundingClientRect().bottom ?? 0) > view) high = middle;
      else low = middle + 1;
    }
    return all[low];
  };

  const findAnchor = (): Hold | null => {
    const row = crossing(rows());
    const name = row?.dataset['row'];
    if (row === undefined || name === undefined) return null;
    // A long answer can change its height above the line being read, as when a formula is typeset.
    let element: Element = row;
    while (element.clientHeight > tallLine && element.tagName !== 'PRE' && element.tagName !== 'TABLE') {
      const inner = crossing(element.children);
      if (inner === undefined) break;
      element = inner;
    }
    return { row: name, top: topOf(row), line: element === row ? null : { element, top: topOf(element) } };
  };

  const keepAnchor = () => {
    if (anchor === null) return;
    const { line, row: name, top } = anchor;
    const row = content.querySelector(`[data-row="${CSS.escape(name)}"]`);
    if (row === null) return;
    const held = line !== null && row.contains(line.element) ? line : { element: row, top };
    const moved = topOf(held.element) - held.top;
    if (Math.abs(moved) >= 0.5) write(scroller.scrollTop + moved);
  };

  const settle = () => {
    knownHeight = scroller.clientHeight;
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
    // A view that changes its height, as with a keyboard on the screen, is moved by the browser.
    const isReaders = !isOwn && scroller.clientHeight === knownHeight;
    if (isReaders) {
      if (pinned && moved < 0 && gap() >= unpinAfter - 0.5) pinned = false;
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
      return now === null ? { pinned: true } : { pinned: false, anchor: { row: now.row, top: now.top } };
    },
    restore(place) {
      pinned = place.pinned || place.anchor === undefined;
      anchor = place.anchor === undefined ? null : { ...place.anchor, line: null };
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
