// Runs before the first paint, so that a dark page never flashes light. The same keys are in src/theme/theme.ts.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem('amanda.theme');
  } catch {
    // Storage may be switched off; then the system decides.
  }
  const dark =
    choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
