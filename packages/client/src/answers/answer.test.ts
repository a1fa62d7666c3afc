import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../test/fake-clock.ts';
import { createAnswer, type Follow } from './answer.ts';
import { createPlaces } from './store.ts';

type Observer = Parameters<Follow>[1];

/** An answer whose subscriptions the test feeds. */
function followed() {
  const subscriptions: { from: string | undefined; observer: Observer; left: boolean }[] = [];
  const answer = createAnswer({
    messageId: 7,
    known: undefined,
    places: createPlaces(undefined, fakeClock()),
    follow({ lastEventId }, observer) {
      const subscription = { from: lastEventId, observer, left: false };
      subscriptions.push(subscription);
      return {
        unsubscribe() {
          subscription.left = true;
        },
      };
    },
    onWatched() {},
  });
  const newest = () => {
    const subscription = subscriptions.at(-1);
    if (subscription === undefined) throw new Error('nobody subscribed');
    return subscription;
  };
  const delta = (offset: number, text: string) =>
    newest().observer.onData({
      id: `3:${offset + text.length}`,
      data: { v: 1, type: 'delta', offset, text },
    });
  return { answer, subscriptions, newest, delta };
}

/** Subscribes, and waits until the places were looked at. */
async function watched() {
  const parts = followed();
  const leave = parts.answer.subscribe(() => {});
  await expect.poll(() => parts.subscriptions.length).toBe(1);
  return { ...parts, leave };
}

describe('an answer', () => {
  it('asks again from its own length when text was lost on the way', async () => {
    const { answer, delta, newest, subscriptions } = await watched();
    delta(0, 'Hello');
    delta(9, 'lost before this');
    expect(answer.getSnapshot().text).toBe('Hello');
    expect(subscriptions).toHaveLength(2);
    expect(subscriptions[0]?.left).toBe(true);
    expect(newest().from).toBe('3:5');
    delta(5, ', Amanda!');
    expect(answer.getSnapshot().text).toBe('Hello, Amanda!');
  });

  it('hears nothing of a subscription that it has left', async () => {
    const { answer, delta, subscriptions } = await watched();
    delta(0, 'Hello');
    delta(9, 'a gap');
    subscriptions[0]?.observer.onData({ id: '3:6', data: { v: 1, type: 'delta', offset: 5, text: '!' } });
    subscriptions[0]?.observer.onError(new Error('late'));
    expect(answer.getSnapshot()).toMatchObject({ text: 'Hello', problem: null });
  });

  it('is one subscription for all who look, and ends with the last of them', async () => {
    const { answer, leave, newest, subscriptions } = await watched();
    const other = answer.subscribe(() => {});
    leave();
    expect(newest().left).toBe(false);
    other();
    expect(newest().left).toBe(true);
    expect(subscriptions).toHaveLength(1);
  });

  it('goes on from where it was for whoever looks later', async () => {
    const { answer, delta, leave, newest, subscriptions } = await watched();
    delta(0, 'Hello');
    leave();
    answer.subscribe(() => {});
    await expect.poll(() => subscriptions.length).toBe(2);
    expect(newest().from).toBe('3:5');
  });

  it('ends with a problem when the server speaks another language', async () => {
    const { answer, newest } = await watched();
    newest().observer.onData({ id: '3:1', data: { v: 9, type: 'delta' } });
    expect(answer.getSnapshot()).toMatchObject({ done: true, problem: { code: 'CLIENT_OUTDATED' } });
    await expect(answer.finished()).rejects.toThrow(/update/);
  });

  it('goes on over events of types that a later server has added', async () => {
    const { answer, delta, newest } = await watched();
    delta(0, 'Hello');
    newest().observer.onData({ id: '3:5.1', data: { v: 1, type: 'notice', text: 'a later one' } });
    expect(answer.getSnapshot()).toMatchObject({ text: 'Hello', done: false, problem: null });
    delta(5, ' Ada');
    newest().observer.onData({ id: '3:9', data: { v: 1, type: 'end', status: 'complete' } });
    expect(answer.getSnapshot()).toMatchObject({ text: 'Hello Ada', done: true, problem: null });
  });

  it('opens again when its writing goes on in another run', async () => {
    const { answer, delta, newest, subscriptions } = await watched();
    delta(0, 'Hello');
    newest().observer.onData({ id: '3:5.e', data: { v: 1, type: 'end', status: 'stopped' } });
    expect(answer.getSnapshot()).toMatchObject({ done: true, status: 'stopped', text: 'Hello' });
    answer.learn({ text: 'Hello', eventId: '3:5', status: 'streaming' });
    expect(subscriptions).toHaveLength(1);
    answer.learn({ text: 'Hello', eventId: '4:5', status: 'streaming' });
    expect(answer.getSnapshot()).toMatchObject({ done: false, status: 'streaming', text: 'Hello' });
    expect(newest().from).toBe('4:5');
  });
});
