const markdownFence = /^[ \t]*(`{3,}|~{3,})[ \t]*(?:markdown|md|mdx)[ \t]*$/i;
const anyFence = /^[ \t]*(`{3,}|~{3,})(.*)$/;
const mayNest = /^[ \t]*(?:`{3,}|~{3,})[ \t]*(?:markdown|md|mdx)[ \t]*$/im;

/**
 * Lengthens the fence around Markdown that has fences of its own: models write both with three marks, where the first
 * inner end would end the outer one.
 */
export function nestFences(text: string, isGrowing: boolean): string {
  if (!mayNest.test(text)) return text;
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const outer = anyFence.exec(lines[at] ?? '')?.[1];
    if (outer === undefined) continue;
    const { end, isNested } = fenceAt(lines, at, outer);
    if (isNested && (end !== -1 || isGrowing)) {
      lengthen(lines, at, outer);
      lengthen(lines, end, outer);
    }
    if (end === -1) break;
    at = end;
  }
  return lines.join('\n');
}

/** The line at which a fence ends that begins at this line; -1 when it is open, null when none begins. */
export function endOfFence(lines: readonly string[], at: number): number | null {
  const outer = anyFence.exec(lines[at] ?? '')?.[1];
  return outer === undefined ? null : fenceAt(lines, at, outer).end;
}

function fenceAt(lines: readonly string[], at: number, outer: string): { end: number; isNested: boolean } {
  if (markdownFence.test(lines[at] ?? '')) return innerFences(lines, at, outer);
  return { end: lines.findIndex((line, each) => each > at && isEnd(line, outer)), isNested: false };
}

function isEnd(line: string, open: string): boolean {
  const [, marks = '', info = ''] = anyFence.exec(line) ?? [];
  return marks.startsWith(open) && info.trim() === '';
}

/** Where a fence ends whose inner fences, which are named, end for themselves. */
function innerFences(lines: readonly string[], start: number, outer: string) {
  const open = [outer];
  let isNested = false;
  for (let at = start + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const [, marks = '', info = ''] = anyFence.exec(line) ?? [];
    if (isEnd(line, open.at(-1) ?? outer)) {
      open.pop();
      if (open.length === 0) return { end: at, isNested };
    } else if (marks !== '' && marks[0] === outer[0] && info.trim() !== '' && !info.includes('`')) {
      open.push(marks);
      isNested ||= marks.length >= outer.length;
    }
  }
  return { end: -1, isNested };
}

function lengthen(lines: string[], at: number, outer: string): void {
  const line = lines[at];
  if (line !== undefined) lines[at] = line.replace(outer, () => outer + (outer[0] ?? '').repeat(4));
}
