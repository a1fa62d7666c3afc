/** Between two tries to load a part of the page, in milliseconds. */
const pauseMs = 2_000;
/** After so many, with the server there, the part is gone: the page is older than the server. */
const triesBeforeDoubt = 3;
const reloadedKey = 'amanda.reloaded';

/**
 * Loads a part of the page, over a lost link too: what is missing comes later, and what is there stays. When the server
 * has another version of the page, that one is loaded; drafts and waiting messages survive it.
 */
export async function patiently<Part>(load: () => Promise<Part>): Promise<Part> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await load();
    } catch {
      if (tries >= triesBeforeDoubt) await reloadIfServed();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

async function reloadIfServed(): Promise<void> {
  try {
    const { ok } = await fetch('/', { cache: 'no-store', headers: { accept: 'text/html' } });
    if (!ok || sessionStorage.getItem(reloadedKey) !== null) return;
    sessionStorage.setItem(reloadedKey, '1');
    location.reload();
  } catch {
    // The link is lost: wait for it.
  }
}

/** Loads parts of the page before they are needed, once there is nothing better to do. */
export function whenIdle(loads: readonly (() => Promise<unknown>)[]): () => void {
  const timer = setTimeout(() => {
    for (const load of loads) load().catch(() => {});
  }, 1_200);
  return () => clearTimeout(timer);
}
