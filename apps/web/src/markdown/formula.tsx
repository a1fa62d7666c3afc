import { memo, useEffect, useRef } from 'react';
import { patiently } from '../server/patiently.ts';

/** A formula, typeset once KaTeX is there. Until then, and when it cannot be read, its source is shown. */
export const Formula = memo(function Formula({ source, display }: { source: string; display: boolean }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    let isCurrent = true;
    void patiently(() => import('./typeset.ts')).then(({ typeset }) => {
      // `katex.render` builds elements; its HTML text would need inline styles, which the page forbids.
      if (isCurrent && place.current !== null) typeset(source, place.current, display);
    });
    return () => {
      isCurrent = false;
    };
  }, [source, display]);
  const inner = (
    <span ref={place} key={source} className={display ? '' : 'whitespace-nowrap'}>
      {source}
    </span>
  );
  return display ? <div className="math-block">{inner}</div> : inner;
});
