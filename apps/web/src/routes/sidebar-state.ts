import { createSignal } from '../server/signal.ts';

const wide = matchMedia('(min-width: 56rem)');

/** Whether the list of chats is there; on narrow screens it lies over the page. */
export const sidebar = createSignal({ isOpen: wide.matches, isWide: wide.matches });
wide.addEventListener('change', () => sidebar.set({ isOpen: wide.matches, isWide: wide.matches }));
