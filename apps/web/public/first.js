// Runs before the first paint.
(() => {
  // A dark page never flashes light. The same keys are in src/theme/theme.ts.
  let choice = null;
  try {
    choice = localStorage.getItem('amanda.theme');
  } catch {
    // Storage may be switched off; then the system decides.
  }
  const dark =
    choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';

  // A form of the shell waits for the page, which sends it: src/shell/take-over.ts.
  addEventListener('submit', (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.closest('#shell') === null) return;
    event.preventDefault();
    form.dataset.sent = '';
  });
})();
