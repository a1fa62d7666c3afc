/** The shell of the page, as long as it stands. */
const shellNow = () => document.getElementById('shell');

/** Whether the server has met the reader with the shell of a chat: a session's cookie came along. */
export const isForMember = (): boolean => shellNow()?.dataset['reader'] === 'member';

/**
 * Lets the page take the place of its shell as soon as it shows something, before the next paint. What was written into
 * the shell goes on in the page: values, the focus, the caret, and a form that was sent.
 * @param root where the page is rendered
 */
export function takeOver(root: HTMLElement): void {
  const shell = shellNow();
  if (shell === null) return;
  // The page's own first focus comes before this looks.
  let focused = shell.contains(document.activeElement) ? document.activeElement : null;
  shell.addEventListener('focusin', ({ target }) => {
    focused = target instanceof Element ? target : null;
  });
  shell.addEventListener('focusout', ({ relatedTarget }) => {
    if (relatedTarget === null) focused = null;
  });
  new MutationObserver((_records, observer) => {
    const page = root.querySelector('main');
    if (page === null) return;
    observer.disconnect();
    carryOver(shell, page, focused);
    shell.remove();
  }).observe(root, { childList: true, subtree: true });
}

const usable = 'a[href], button, input';

function carryOver(shell: Element, page: Element, focused: Element | null): void {
  const [before, after] = [shell, page].map((place) => [...place.querySelectorAll<HTMLElement>(usable)]);
  for (const [index, old] of (before ?? []).entries()) {
    const own = after?.[index];
    // Another page than the shell's: nothing of it goes on.
    if (own === undefined || own.tagName !== old.tagName) return;
    if (old instanceof HTMLInputElement && own instanceof HTMLInputElement) {
      if (own.name !== old.name) return;
      own.value = old.value;
    }
    if (old === focused) focusAs(own, old);
  }
  if (shell.querySelector('form[data-sent]') !== null) page.querySelector('form')?.requestSubmit();
}

function focusAs(own: HTMLElement, old: HTMLElement): void {
  own.focus();
  if (!(own instanceof HTMLInputElement) || !(old instanceof HTMLInputElement)) return;
  // Fields for addresses have no caret that a script may see; theirs stands at the end.
  if (old.selectionStart !== null) own.setSelectionRange(old.selectionStart, old.selectionEnd);
}
