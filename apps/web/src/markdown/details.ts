/** A block of Markdown, or blocks that fold under a line. */
export type Section = string | { readonly summary: string; readonly parts: readonly Section[] };

const start = /^ {0,3}<details(?: open(?:="")?)?>\s*(?!\s*<\/details>)([\s\S]*)$/i;
const lead = /^\s*<summary>([\s\S]*?)(?:<\/summary>([\s\S]*)|$(?![\s\S]))/i;
const end = /^ {0,3}<\/details>([\s\S]*)$/i;

interface Fold {
  summary: string;
  readonly parts: Section[];
}

/**
 * Puts the blocks between `<details>` and `</details>` into one section each, so that the blocks of a growing text stay
 * what they are. One that is not closed goes on to the end.
 */
export function sectionsOf(blocks: readonly string[]): readonly Section[] {
  if (!blocks.some((block) => start.test(block))) return blocks;
  const root: Section[] = [];
  const open: Fold[] = [];
  const add = (section: Section) => (open.at(-1)?.parts ?? root).push(section);
  const addText = (text: string | undefined) => {
    if (text !== undefined && text.trim() !== '') add(text);
  };
  for (const block of blocks) {
    const fold = open.at(-1);
    const begins = start.exec(block);
    if (begins !== null && !/<\/details>/i.test(block)) {
      const [, inner = ''] = begins;
      const found = lead.exec(inner);
      const made: Fold = { summary: found?.[1] ?? '', parts: [] };
      add(made);
      open.push(made);
      addText(found === null ? inner : found[2]);
      continue;
    }
    const ends = fold === undefined ? null : end.exec(block);
    if (ends !== null) {
      open.pop();
      addText(ends[1]);
      continue;
    }
    const leads = fold?.summary === '' && fold.parts.length === 0 ? lead.exec(block) : null;
    if (fold !== undefined && leads !== null) {
      fold.summary = leads[1] ?? '';
      addText(leads[2]);
    } else add(block);
  }
  return root;
}
