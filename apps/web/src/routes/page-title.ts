import { text } from '../text/text.ts';

let name = '';
let isMarked = false;

const show = () => {
  const whole = name === '' ? text.name : `${name} · ${text.name}`;
  document.title = isMarked ? `• ${whole}` : whole;
};

/** The title of the tab. */
export const pageTitle = {
  /** @param title of what is open; empty for the page itself */
  set(title: string): void {
    name = title;
    show();
  },
  /** Marks the title while something new waits in a tab that nobody looks at. */
  mark(marked: boolean): void {
    isMarked = marked;
    show();
  },
};
