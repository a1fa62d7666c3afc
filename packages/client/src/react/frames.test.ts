import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { oncePerFrame } from './frames.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A screen that draws when the test says so. */
function screen() {
  const frames = new Map<number, () => void>();
  let last = 0;
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
    frames.set((last += 1), callback);
    return last;
  });
  vi.stubGlobal('cancelAnimationFrame', (handle: number) => frames.delete(handle));
  const draw = () => {
    const due = [...frames.values()];
    frames.clear();
    for (const callback of due) callback();
  };
  return { draw };
}

describe('once per frame', () => {
  it('calls once for many asks, and again after the next', () => {
    const { draw } = screen();
    const call = vi.fn<() => void>();
    const frame = oncePerFrame(call);
    for (let asks = 0; asks < 50; asks += 1) frame.ask();
    expect(call).not.toHaveBeenCalled();
    draw();
    draw();
    vi.advanceTimersByTime(1_000);
    expect(call).toHaveBeenCalledTimes(1);
    frame.ask();
    draw();
    expect(call).toHaveBeenCalledTimes(2);
  });

  it('does not wait for ever for a tab that draws nothing', () => {
    screen();
    const call = vi.fn<() => void>();
    oncePerFrame(call).ask();
    vi.advanceTimersByTime(250);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('works where there are no frames, and calls nothing once it is cancelled', () => {
    vi.stubGlobal('requestAnimationFrame', undefined);
    const call = vi.fn<() => void>();
    const frame = oncePerFrame(call);
    frame.ask();
    vi.advanceTimersByTime(16);
    expect(call).toHaveBeenCalledTimes(1);
    frame.ask();
    frame.cancel();
    vi.advanceTimersByTime(1_000);
    expect(call).toHaveBeenCalledTimes(1);
  });
});
