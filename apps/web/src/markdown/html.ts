/** As much of a tree of HTML as is changed here. */
interface Node {
  readonly type: string;
  readonly tagName?: string;
  readonly value?: string;
  properties?: Record<string, unknown>;
  children?: Node[];
}

/** The elements that answers may have, without any attribute. */
const allowed = 'b|br|details|i|kbd|mark|s|sub|summary|sup|u';
const tag = new RegExp(`<(/?)(${allowed})(?: open(?:="")?)? ?/?>`, 'gi');

/** Blocks that have a direction of their own, decided by their first letter. */
const directed = new Set([
  'blockquote',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'ol',
  'p',
  'summary',
  'table',
  'ul',
]);

/**
 * Makes elements of the few HTML tags that models write; everything else that looks like HTML stays the text that it is.
 * Also gives each block its direction.
 * @param options.open whether the text still grows: then an element may be open at its end
 */
export function fewTags({ open }: { open: boolean }) {
  return (tree: Node): void => {
    visit(tree, open);
    direct(tree);
  };
}

function visit(node: Node, open: boolean): void {
  const { children } = node;
  if (children === undefined) return;
  for (const child of children) visit(child, open);
  if (children.some(({ type }) => type === 'raw')) node.children = nest(children, open);
}

/** Puts what stands between two tags into one element. A tag without its partner is text. */
function nest(children: readonly Node[], open: boolean): Node[] {
  const root: Node[] = [];
  const stack: { readonly name: string; readonly written: string; readonly inner: Node[] }[] = [];
  const add = (node: Node) => (stack.at(-1)?.inner ?? root).push(node);
  const drop = () => {
    const last = stack.pop();
    if (last === undefined) return;
    add({ type: 'text', value: last.written });
    for (const node of last.inner) add(node);
  };
  const close = () => {
    const last = stack.pop();
    if (last !== undefined)
      add({ type: 'element', tagName: last.name, properties: {}, children: last.inner });
  };
  for (const child of children) {
    if (child.type !== 'raw') {
      add(child);
      continue;
    }
    for (const part of partsOf(child.value ?? '')) {
      if (typeof part === 'string') add({ type: 'text', value: part });
      else if (part.name === 'br') add({ type: 'element', tagName: 'br', properties: {}, children: [] });
      else if (!part.isEnd) stack.push({ name: part.name, written: part.written, inner: [] });
      else if (stack.some(({ name }) => name === part.name)) {
        while (stack.at(-1)?.name !== part.name) drop();
        close();
      } else add({ type: 'text', value: part.written });
    }
  }
  while (stack.length > 0) {
    if (open || stack.at(-1)?.name === 'details') close();
    else drop();
  }
  return root;
}

/** The allowed tags of a piece of HTML, and the texts between them. */
function partsOf(html: string) {
  const parts: (string | { name: string; isEnd: boolean; written: string })[] = [];
  let from = 0;
  for (const { 0: written, 1: slash, 2: name = '', index } of html.matchAll(tag)) {
    if (index > from) parts.push(html.slice(from, index));
    parts.push({ name: name.toLowerCase(), isEnd: slash === '/', written });
    from = index + written.length;
  }
  if (from < html.length) parts.push(html.slice(from));
  return parts;
}

function direct(node: Node): void {
  for (const child of node.children ?? []) {
    if (child.tagName === 'details') direct(child);
    else if (directed.has(child.tagName ?? '')) child.properties = { ...child.properties, dir: 'auto' };
  }
}

const beginning = /<\/?([a-z]*)$/i;

/** A text without the tag that has only begun at its end. */
export function withoutOpenTag(text: string): string {
  const found = beginning.exec(text);
  const name = found?.[1]?.toLowerCase();
  const isTag = name !== undefined && `|${allowed}`.includes(`|${name}`);
  return found !== null && isTag ? text.slice(0, found.index) : text;
}
