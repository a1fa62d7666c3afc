/** As much of a tree of Markdown as is changed here. */
interface Node {
  readonly type: string;
  readonly value?: string;
  children?: Node[];
}

/** Keeps the single line ends of a text, as poems, addresses and lists of facts have them. */
export function keepLineBreaks() {
  return (tree: Node): void => visit(tree);
}

function visit(node: Node): void {
  const { children } = node;
  if (children === undefined) return;
  node.children = children.flatMap((child, index) => {
    visit(child);
    const { type, value } = child;
    if (type !== 'text' || value === undefined || !value.includes('\n')) return [child];
    // A `<br>` at the end of a line has broken it already.
    const isBroken = /^<br ?\/?>$/i.test(children[index - 1]?.value ?? '');
    return (isBroken ? value.replace(/^\n/, '') : value)
      .split('\n')
      .flatMap((line, place) => [
        ...(place > 0 ? [{ type: 'break' }] : []),
        ...(line === '' ? [] : [{ type: 'text', value: line }]),
      ]);
  });
}
