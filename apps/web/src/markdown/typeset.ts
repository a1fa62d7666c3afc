import { render } from 'katex';
import 'katex/dist/katex.min.css';

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
