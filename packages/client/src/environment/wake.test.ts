import { afterEach, describe, expect, it, vi } from 'vitest';
import { fakeClock } from '../../test/fake-clock.ts';
import { browserWake } from './wake.ts';

afterEach(() => vi.unstubAllGlobals());

/** A page that is only events. */
function page() {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('window', window);
  vi.stubGlobal('document', document);
  let set = 0;
  const clock = { ...fakeClock(), wall: () => 1_000_000_000 + clock.now() + set };
  const told: string[] = [];
  const stop = browserWake(clock)((signal) => told.push(signal));
  const show = (state: string) => {
    document.visibilityState = state;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  /** Moves the device's own time only: it was set, or the monotonic clock stood still in a sleep. */
  const setWall = (ms: number) => {
    set += ms;
  };
  return { clock, told, stop, show, setWall, fire: (type: string) => window.dispatchEvent(new Event(type)) };
}

describe('a page', () => {
  it('wakes the links when it was hidden for long, and not when for a moment', () => {
    const { clock, show, told } = page();
    show('hidden');
    clock.advance(5_000);
    show('visible');
    expect(told).toEqual([]);
    show('hidden');
    clock.advance(20_001);
    show('visible');
    expect(told).toEqual(['wake']);
  });

  it('is not misled by a clock that is set back, and notices a sleep in which the monotonic clock stood still', () => {
    const { clock, setWall, show, told } = page();
    show('hidden');
    setWall(-3_600_000);
    clock.advance(20_001);
    show('visible');
    expect(told).toEqual(['wake']);
    show('hidden');
    setWall(3_600_000);
    show('visible');
    expect(told).toEqual(['wake', 'wake']);
  });

  it('passes on what the network does', () => {
    const { fire, told } = page();
    fire('offline');
    fire('online');
    expect(told).toEqual(['offline', 'wake']);
  });

  it('lets its links go into the back/forward cache, and wakes them in every way back', () => {
    const { fire, show, told } = page();
    fire('pageshow');
    expect(told).toEqual([]);
    fire('pagehide');
    fire('pageshow');
    fire('pagehide');
    show('visible');
    expect(told).toEqual(['sleep', 'wake', 'sleep', 'wake']);
  });

  it('says nothing more once nobody listens', () => {
    const { fire, stop, told } = page();
    stop();
    fire('offline');
    expect(told).toEqual([]);
  });
});

describe('Node', () => {
  it('has nothing to say', () => {
    expect(browserWake(fakeClock())(() => {})).toBeTypeOf('function');
  });
});
