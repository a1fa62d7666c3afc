/**
 * Keeps the page above an on-screen keyboard where the browser lays it over the page (iOS); elsewhere the viewport
 * itself shrinks and nothing is left to do.
 */
export function followKeyboard(): void {
  const { visualViewport: view } = window;
  if (view === null) return;
  const fit = () => {
    // A page that is zoomed by hand shows less of itself, too, and must stay as it is.
    const covered = view.scale > 1.01 ? 0 : Math.max(0, innerHeight - view.height - view.offsetTop);
    document.documentElement.style.setProperty('--keyboard', `${Math.round(covered)}px`);
  };
  view.addEventListener('resize', fit);
  view.addEventListener('scroll', fit);
}
