import { render } from 'katex';
import 'katex/dist/katex.min.css';

/** The fonts of nearly every formula: without them it would change its size once more. */
export const fonts = ['1em KaTeX_Main', 'italic 1em KaTeX_Math', '1em KaTeX_Size1', '1em KaTeX_Size2'];

/** Typesets a formula into an element; what cannot be read stays as its source. */
export function typeset(source: string, into: HTMLElement, displayMode: boolean): void {
  const made = document.createElement('span');
  try {
    render(source, made, {
      displayMode,
      throwOnError: true,
      strict: false,
      trust: false,
      maxExpand: 500,
      maxSize: 50,
    });
    into.replaceChildren(made);
  } catch {
    into.replaceChildren(source);
    into.classList.add('font-mono', 'text-sm');
  }
}
