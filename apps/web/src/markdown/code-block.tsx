import { Check, Copy } from 'lucide-react';
import { createElement, memo, type ReactNode, useEffect, useState } from 'react';
import { patiently } from '../server/patiently.ts';
import { text } from '../text/text.ts';
import { useCopy } from '../ui/copy.ts';

/** As much of a highlighted tree as is shown. */
interface Node {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly Node[];
}

/** Code longer than this stays plain: colouring it would hold up the page. */
const longestCode = 60_000;

/** A block of code. Plain while its fence is open, coloured once when it is closed; its elements stay. */
export const CodeBlock = memo(function CodeBlock(props: { code: string; language: string; closed: boolean }) {
  const { closed, code, language } = props;
  const [tree, setTree] = useState<{ code: string; nodes: readonly Node[] } | null>(null);
  const { copied, copy } = useCopy();

  useEffect(() => {
    if (!closed || language === '' || code.length > longestCode) return undefined;
    let isCurrent = true;
    void patiently(() => import('./highlight.ts')).then(({ highlight }) => {
      const nodes = highlight(code, language);
      if (isCurrent && nodes !== null) setTree({ code, nodes });
    });
    return () => {
      isCurrent = false;
    };
  }, [closed, code, language]);

  return (
    <figure dir="ltr" className="my-4 overflow-hidden rounded-xl border border-line bg-code">
      <figcaption className="flex h-10 items-center justify-between border-b border-line pr-1 pl-4 text-xs text-ink-faint">
        <span className="font-medium">{language === '' ? 'text' : language}</span>
        <button
          type="button"
          onClick={() => copy(code)}
          className="flex h-8 items-center gap-1.5 rounded-lg px-2.5 font-medium hover:bg-hover hover:text-ink"
        >
          {copied ? <Check className="size-3.5" aria-hidden /> : <Copy className="size-3.5" aria-hidden />}
          {copied ? text.copied : text.thread.copyCode}
        </button>
      </figcaption>
      {/* A box that scrolls must be reachable by keyboard. */}
      <pre tabIndex={0} aria-label={language === '' ? undefined : language}>
        <code>{tree !== null && tree.code === code ? tree.nodes.map(show) : code}</code>
      </pre>
    </figure>
  );
});

function show(node: Node, index: number): ReactNode {
  if (node.type === 'text') return node.value;
  const names = node.properties?.className;
  const className = Array.isArray(names) ? names.join(' ') : undefined;
  return createElement('span', { key: index, className }, node.children?.map(show));
}
