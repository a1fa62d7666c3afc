import { Square, SquareCheck } from 'lucide-react';
import { type ComponentProps, createContext, memo, use, useMemo, useState } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { text } from '../text/text.ts';
import { createBlockCutter } from './blocks.ts';
import { CodeBlock } from './code-block.tsx';
import { type Section, sectionsOf } from './details.ts';
import { Formula } from './formula.tsx';
import { fewTags } from './html.ts';
import { keepLineBreaks } from './line-breaks.ts';
import { mathMark } from './math.ts';
import './prose.css';

/**
 * Markdown as it grows: only the block at its end is rendered again. Raw HTML is text but for a few tags, pictures are
 * asked for.
 */
export const Markdown = memo(function Markdown({ source, growing }: { source: string; growing: boolean }) {
  const [cutter] = useState(createBlockCutter);
  const sections = useMemo(() => sectionsOf(cutter.cut(source, growing)), [cutter, source, growing]);
  return (
    <div className="prose">
      <Sections of={sections} growing={growing} />
    </div>
  );
});

function Sections({ growing, of: sections }: { of: readonly Section[]; growing: boolean }) {
  return sections.map((section, index) => {
    const open = growing && index === sections.length - 1;
    // A block's place names it: its text grows.
    return typeof section === 'string' ? (
      <Block key={index} source={section} open={open} />
    ) : (
      <details key={index}>
        <summary dir="auto">
          {section.summary === '' ? text.thread.folded : <Block source={section.summary} open={open} />}
        </summary>
        <Sections of={section.parts} growing={open} />
      </details>
    );
  });
}

type Plugins = ComponentProps<typeof ReactMarkdown>;
const remarkPlugins: Plugins['remarkPlugins'] = [[remarkGfm, { singleTilde: false }], keepLineBreaks];
const closedPlugins: Plugins['rehypePlugins'] = [[fewTags, { open: false }]];
const openPlugins: Plugins['rehypePlugins'] = [[fewTags, { open: true }]];

const Block = memo(function Block({ source, open }: { source: string; open: boolean }) {
  return (
    <div>
      <OpenFence value={open && hasOpenFence(source)}>
        <ReactMarkdown
          remarkPlugins={remarkPlugins}
          rehypePlugins={open ? openPlugins : closedPlugins}
          components={components}
        >
          {source}
        </ReactMarkdown>
      </OpenFence>
    </div>
  );
});

/** Whether a block ends inside of a fence. */
function hasOpenFence(source: string): boolean {
  let open: string | null = null;
  for (const line of source.split('\n')) {
    const mark = /^\s*(?:[-*+]\s+|\d+[.)]\s+|>\s?)*(`{3,}|~{3,})(.*)$/.exec(line);
    if (mark === null) continue;
    const [, fence = '', info = ''] = mark;
    if (open === null) open = fence;
    else if (fence.startsWith(open) && info.trim() === '') open = null;
  }
  return open !== null;
}

interface CodeElement {
  tagName?: string;
  properties?: { className?: unknown };
  children?: readonly { value?: string }[];
}

function fenceOf(node: { children?: readonly unknown[] } | undefined): { code: string; language: string } {
  const first = node?.children?.[0];
  const code: CodeElement = typeof first === 'object' && first !== null ? first : {};
  const names = code.properties?.className;
  const name = Array.isArray(names) ? names.find((each) => String(each).startsWith('language-')) : undefined;
  return {
    code: (code.children ?? [])
      .map(({ value = '' }) => value)
      .join('')
      .replace(/\n$/, ''),
    language: name === undefined ? '' : String(name).slice('language-'.length),
  };
}

/** Whether the last fence of a block is still open. A context, so that elements stay when it closes. */
const OpenFence = createContext(false);

const Fence: NonNullable<Components['pre']> = ({ node }) => {
  const closed = !use(OpenFence);
  const { code, language } = fenceOf(node);
  if (language === 'math' && closed) return <Formula display source={code} />;
  return <CodeBlock code={code} language={language} closed={closed} />;
};

const components: Components = {
  pre: Fence,
  code: ({ children, className }) => {
    const source = typeof children === 'string' ? children : '';
    if (source.startsWith(mathMark))
      return <Formula display={false} source={source.slice(mathMark.length)} />;
    return (
      <code dir="ltr" className={className}>
        {children}
      </code>
    );
  },
  a: ({ children, href, node: _node, ...rest }) => (
    <Link {...rest} href={href}>
      {children}
    </Link>
  ),
  img: ({ alt, src }) => <Picture alt={alt ?? ''} src={typeof src === 'string' ? src : ''} />,
  table: ({ children, dir }) => (
    <div className="sheet" tabIndex={0} role="region" aria-label="Table">
      <table dir={dir}>{children}</table>
    </div>
  ),
  input: ({ checked }) =>
    checked === true ? (
      <SquareCheck
        role="img"
        aria-label="done"
        className="task mr-2 inline size-4 align-[-0.15em] text-accent"
      />
    ) : (
      <Square
        role="img"
        aria-label="to do"
        className="task mr-2 inline size-4 align-[-0.15em] text-ink-faint"
      />
    ),
};
const hostOf = (address: string): string | null => {
  try {
    const { host, protocol } = new URL(address);
    return protocol === 'https:' || protocol === 'http:' ? host : null;
  } catch {
    return null;
  }
};

function Link({ children, href = '', ...rest }: ComponentProps<'a'>) {
  if (href.startsWith('#'))
    return (
      <a {...rest} href={href}>
        {children}
      </a>
    );
  if (href.startsWith('mailto:')) return <a href={href}>{children}</a>;
  const host = hostOf(href);
  // A refused address would lead back to this page.
  if (host === null) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={text.thread.link(host)}>
      {children}
    </a>
  );
}

/** A picture elsewhere is a link: loading it would tell its host who reads what. */
function Picture({ alt, src }: { alt: string; src: string }) {
  const host = hostOf(src);
  if (host === null) return <span>{alt}</span>;
  return (
    <a href={src} target="_blank" rel="noopener noreferrer nofollow">
      {alt === '' ? text.thread.image(host) : `${alt} (${text.thread.image(host)})`}
    </a>
  );
}
