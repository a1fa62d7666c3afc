import { observable } from '@trpc/server/observable';
import { describe, expect, it } from 'vitest';
import { amandaErrorOf } from '../errors/amanda-error.ts';
import { later, loadedOnce } from './later.ts';

const notThere = async (): Promise<never> => {
  throw new Error('chunk could not be loaded');
};

describe('what is still being made', () => {
  it('tells its subscriber when it cannot be made, as something that may be tried again', async () => {
    const heard = await new Promise((resolve) => {
      later(notThere()).subscribe({ error: resolve, complete: () => resolve('complete') });
    });
    expect(amandaErrorOf(heard)).toMatchObject({ code: 'LINK_LOST', retry: true });
  });

  it('tells nothing to one who has left', async () => {
    const heard: unknown[] = [];
    const failing = notThere();
    later(failing)
      .subscribe({ error: (error) => heard.push(error) })
      .unsubscribe();
    await expect(failing).rejects.toThrow('chunk');
    expect(heard).toEqual([]);
  });

  it('passes on what it is, once it is made', async () => {
    const made = Promise.resolve(
      observable<string, never>((observer) => {
        observer.next('Hello');
        observer.complete();
      }),
    );
    const heard: string[] = [];
    await new Promise<void>((resolve) => {
      later(made).subscribe({ next: (text) => heard.push(text), complete: resolve });
    });
    expect(heard).toEqual(['Hello']);
  });
});

describe('what is loaded once', () => {
  it('is loaded again only after a failure', async () => {
    let loads = 0;
    const part = loadedOnce(async () => {
      loads += 1;
      if (loads === 1) return notThere();
      return `load ${loads}`;
    });
    await expect(part()).rejects.toThrow('chunk');
    expect([await part(), await part(), loads]).toEqual(['load 2', 'load 2', 2]);
  });
});
