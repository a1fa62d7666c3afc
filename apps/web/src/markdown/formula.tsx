import { memo, useLayoutEffect, useRef } from 'react';
import { typesetting, typesettingNow } from './prepare.ts';

/** A formula, typeset once KaTeX is there. Until then, and when it cannot be read, its source is shown. */
export const Formula = memo(function Formula({ source, display }: { source: string; display: boolean }) {
  const place = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    let isCurrent = true;
    const show = ({ typeset }: Awaited<ReturnType<typeof typesetting>>) => {
      // `katex.render` builds elements; its HTML text would need inline styles, which the page forbids.
      if (isCurrent && place.current !== null) typeset(source, place.current, display);
    };
    const now = typesettingNow();
    // Before the first paint, so that its source is never seen.
    if (now === null) void typesetting().then(show);
    else show(now);
    return () => {
      isCurrent = false;
    };
  }, [source, display]);
  const inner = (
    <span ref={place} key={source} dir="ltr" className={display ? '' : 'math-inline'}>
      {source}
    </span>
  );
  return display ? <div className="math-block">{inner}</div> : inner;
});
