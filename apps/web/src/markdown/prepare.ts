import { patiently } from '../server/patiently.ts';
import { hasMath } from './math.ts';

/** How long text waits for what typesets its formulas, and for fonts, in milliseconds. Then it is shown without. */
const patienceMs = 3_000;

type Part<Load extends () => Promise<unknown>> = Awaited<ReturnType<Load>>;
const importMarkdown = () => import('./markdown.tsx');
const importTypeset = () => import('./typeset.ts');

let shower: Part<typeof importMarkdown> | null = null;
let typesetter: Part<typeof importTypeset> | null = null;

/** Loads what shows Markdown. @throws when it cannot be had right now */
export async function loadMarkdown() {
  shower ??= await importMarkdown();
  return shower;
}

/** What shows Markdown, if it is there already. */
export const markdownNow = () => shower;

/** Loads what typesets formulas, over a lost link too. */
export async function typesetting() {
  typesetter ??= await patiently(importTypeset);
  return typesetter;
}

/** What typesets formulas, if it is there already. */
export const typesettingNow = () => typesetter;

/** Whether texts can be shown as they will stay right now. */
export function isPrepared(texts: readonly string[]): boolean {
  return shower !== null && (typesetter !== null || !texts.some(hasMath));
}

/**
 * Loads what shows these texts as they will stay, so that they come once and nothing moves afterwards. It gives up on
 * what does not come: text that is there is not held back.
 */
export async function prepare(texts: readonly string[]): Promise<void> {
  const late = Promise.all([
    document.fonts.load('1rem "Inter Variable"'),
    texts.some(hasMath) &&
      typesetting().then(({ fonts }) => Promise.all(fonts.map((font) => document.fonts.load(font)))),
  ]).catch(() => {});
  const patience = new Promise((resolve) => setTimeout(resolve, patienceMs));
  await Promise.all([loadMarkdown().catch(() => {}), Promise.race([late, patience])]);
}
