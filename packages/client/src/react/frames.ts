/** In a hidden tab no frames are drawn; what waits is let through after so long. */
const hiddenMs = 250;

/** Calls a function at the next frame, however often it is asked for before that. */
export function oncePerFrame(call: () => void): { ask: () => void; cancel: () => void } {
  const frames: {
    requestAnimationFrame?: (callback: () => void) => number;
    cancelAnimationFrame?: (handle: number) => void;
    fetch: unknown;
  } = globalThis;
  let frame: number | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const cancel = () => {
    if (frame !== undefined) frames.cancelAnimationFrame?.(frame);
    clearTimeout(timer);
    frame = undefined;
    timer = undefined;
  };
  const run = () => {
    cancel();
    call();
  };
  return {
    ask() {
      if (timer !== undefined) return;
      frame = frames.requestAnimationFrame?.(run);
      timer = setTimeout(run, frame === undefined ? 16 : hiddenMs);
    },
    cancel,
  };
}
