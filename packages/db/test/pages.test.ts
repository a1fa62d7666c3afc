import { expect, test } from 'vitest';
import { readHistory } from '../src/transactions/history.ts';
import { listMessages, listVersions, type VersionPlace } from '../src/transactions/message-pages.ts';
import { searchTexts } from '../src/transactions/search.ts';
import { counted } from './counted.ts';

const mebibyte = 1_048_576;
/** What a row says besides its text. */
const others = 400;

test('a page of messages ends at its bytes, and what does not fit is not read', async () => {
  await using world = await counted();
  const texts = Array.from({ length: 30 }, (_, at) => `${at} ${'💥'.repeat(50_000)}`);
  const ids = world.say(texts);
  for (const direction of ['backward', 'forward'] as const) {
    const seen: number[] = [];
    let cursor: number | undefined;
    for (let more = true; more; ) {
      const page = { cursor, limit: 200, bytes: mebibyte, direction };
      const { result, bytes } = world.run(listMessages(world.userId, world.chatId, page));
      expect(bytes).toBeLessThan(mebibyte + 200 * others);
      expect(result.items.length).toBeGreaterThan(0);
      expect(result.items.length).toBeLessThanOrEqual(5);
      const found = result.items.map(({ id }) => id);
      seen.push(...(direction === 'backward' ? found.toReversed() : found));
      cursor = seen.at(-1);
      ({ more } = result);
    }
    expect(seen).toEqual(direction === 'backward' ? ids.toReversed() : ids);
  }
});

test('a single message is whole, however long, and so is one that is still being written', async () => {
  await using world = await counted();
  const [small = 0, large = 0, running = 0] = world.say(['x', 'y'.repeat(3 * mebibyte), 'begun ']);
  world.raw
    .prepare(
      `INSERT INTO runs (message_id, chat_id, user_id, active_chat_id, kind, status, claim, started_at, heartbeat_at)
       VALUES (?, ?, ?, ?, 'send', 'streaming', 'c', '', '')`,
    )
    .run(running, world.chatId, world.userId, world.chatId);
  world.raw
    .prepare('INSERT INTO run_chunks (run_id, "offset", text) VALUES (1, 6, ?)')
    .run('z'.repeat(mebibyte));
  const page = (cursor: number | undefined) =>
    world.run(
      listMessages(world.userId, world.chatId, { cursor, limit: 50, bytes: mebibyte, direction: 'backward' }),
    ).result;
  const lengths = (cursor?: number) => {
    const { items, more } = page(cursor);
    return [items.map(({ id, text }) => [id, text.length]), more];
  };
  expect(lengths()).toEqual([[[running, 6 + mebibyte]], true]);
  expect(lengths(running)).toEqual([[[large, 3 * mebibyte]], true]);
  expect(lengths(large)).toEqual([[[small, 1]], false]);
});

test('versions come in pages of bounded bytes and rows, and all that followed them is reached', async () => {
  await using world = await counted();
  const versions = 4;
  const expected: Record<number, number[]> = {};
  const firsts: number[] = [];
  for (let version = 0; version < versions; version += 1) {
    const ids = world.say(Array.from({ length: 9 }, () => 'v'.repeat(200_000)));
    const [first = 0, ...followers] = ids;
    firsts.push(first);
    expected[first] = followers;
    world.raw
      .prepare('UPDATE messages SET version_of = ? WHERE id = ?')
      .run(version === 0 ? 0 : firsts[0], first);
    const before = firsts.at(-2);
    if (before !== undefined)
      world.raw
        .prepare('UPDATE messages SET superseded_by = ? WHERE id >= ? AND id < ?')
        .run(first, before, first);
  }
  for (const limit of [200, 7, 1]) {
    const seen: Record<number, number[]> = {};
    let cursor: VersionPlace | undefined;
    let pages = 0;
    for (;;) {
      const page = { cursor, limit, bytes: mebibyte };
      const { result, bytes } = world.run(listVersions(world.userId, firsts.at(-1) ?? 0, page));
      pages += 1;
      // The version that is named again comes on top.
      expect(bytes).toBeLessThan(mebibyte + 200_000 + 200 * others);
      let held = 0;
      for (const { message, followedBy } of result.items) {
        held += followedBy.length + (seen[message.id] === undefined ? 1 : 0);
        seen[message.id] = [...(seen[message.id] ?? []), ...followedBy.map(({ id }) => id)];
      }
      expect(held).toBeGreaterThan(0);
      expect(held).toBeLessThanOrEqual(limit);
      if (result.next === null) break;
      cursor = result.next;
    }
    expect(seen).toEqual(expected);
    expect(pages).toBeGreaterThanOrEqual((versions * 9) / Math.min(limit, 5));
  }
});

test('what the AI backend is told reads a few times its budget, not what is stored', async () => {
  await using world = await counted();
  world.say(['far', ...Array.from({ length: 40 }, () => 'ж'.repeat(900_000)), 'near', 'nearer']);
  const { result, bytes } = world.run(readHistory(world.chatId, Number.MAX_SAFE_INTEGER, 48_000));
  expect(result.map(({ text }) => text)).toEqual(['nearer']);
  expect(bytes).toBeLessThan(1_000);
  world.say(Array.from({ length: 200 }, () => 'ж'.repeat(5_000)));
  const full = world.run(readHistory(world.chatId, Number.MAX_SAFE_INTEGER, 48_000));
  expect(full.result).toHaveLength(8);
  expect(full.bytes).toBeLessThan(3 * 48_000 * 2);
});

test('a conversation of empty messages is not walked to its beginning', async () => {
  await using world = await counted();
  world.say(['hello', ...Array.from({ length: 9_999 }, () => '')]);
  const { result, rows } = world.run(readHistory(world.chatId, Number.MAX_SAFE_INTEGER, 48_000));
  expect(result).toEqual([]);
  expect(rows).toBeLessThanOrEqual(4_000);
});

test('a search reads what its page shows, of whatever is found', async () => {
  await using world = await counted();
  const ids = world.say(
    Array.from({ length: 5_000 }, (_, at) => `common number ${at}`),
    { found: true },
  );
  const { result, rows } = world.run(
    searchTexts(world.userId, ['common'], { offset: 0, limit: 20, bytes: mebibyte }),
  );
  expect(result.items.map(({ messageId }) => messageId)).toEqual(ids.toReversed().slice(0, 20));
  expect(result.more).toBe(true);
  expect(rows).toBeLessThanOrEqual(41);
});

test('a search goes along its index in the order of the page, sorts nothing, and looks rows up by their ids', async () => {
  await using world = await counted();
  world.say(['common one', '人工智能'], { found: true });
  for (const words of [['common'], ['人工智能']]) {
    const plans = world.plansOf(searchTexts(world.userId, words, { offset: 0, limit: 20, bytes: mebibyte }));
    expect(plans.length).toBeGreaterThan(1);
    for (const [first, ...others] of plans) {
      expect(first).toMatch(/^SCAN s VIRTUAL TABLE INDEX/);
      for (const other of others) expect(other).toMatch(/^SEARCH \w USING INTEGER PRIMARY KEY \(rowid=\?\)$/);
    }
  }
});

test('a snippet is short, however long the words are, and a page of long texts ends early', async () => {
  await using world = await counted();
  world.say(
    Array.from({ length: 10 }, (_, at) => `${'w'.repeat(200_000)} needle${at} ${'x'.repeat(200_000)}`),
    { found: true },
  );
  const found: number[] = [];
  for (let offset = 0, more = true; more; offset = found.length) {
    const page = { offset, limit: 20, bytes: mebibyte };
    const { result, bytes } = world.run(searchTexts(world.userId, ['needle'], page));
    expect(result.items.length).toBeLessThanOrEqual(2);
    expect(bytes).toBeLessThan(10_000);
    for (const { messageId, snippet } of result.items) {
      expect(snippet).toMatch(/\uE000needle\d\uE001/u);
      found.push(messageId ?? 0);
    }
    ({ more } = result);
  }
  expect(new Set(found).size).toBe(10);
});

test('a short word is a word, a longer one the beginning of words, and one character of Chinese is enough', async () => {
  await using world = await counted();
  world.say(['an answer', 'answers', '人工智能'], { found: true });
  const hits = (...words: string[]) =>
    world.run(searchTexts(world.userId, words, { offset: 0, limit: 20, bytes: mebibyte })).result.items
      .length;
  expect([hits('an'), hits('ans'), hits('answer'), hits('人')]).toEqual([1, 2, 2, 1]);
});

test('Chinese, Japanese, Korean and Thai were found by their beginnings only', async () => {
  await using world = await counted();
  const [chinese = 0, japanese = 0, korean = 0, thai = 0, mixed = 0] = world.say(
    [
      '我们今天讨论人工智能的未来。',
      '昨日、コーヒーを飲みました。',
      '오늘은날씨가좋습니다',
      'ผมชอบกินข้าวผัด',
      '我用iPhone15手机拍照',
    ],
    { found: true },
  );
  const hits = (...words: string[]) =>
    world
      .run(searchTexts(world.userId, words, { offset: 0, limit: 20, bytes: mebibyte }))
      .result.items.map(({ messageId }) => messageId);
  expect([hits('智能'), hits('能'), hits('人工智能'), hits('未来')]).toEqual([
    [chinese],
    [chinese],
    [chinese],
    [chinese],
  ]);
  expect([hits('コーヒー'), hits('ヒー'), hits('飲み'), hits('日コ')]).toEqual([
    [japanese],
    [japanese],
    [japanese],
    [],
  ]);
  expect([hits('날씨'), hits('좋습니'), hits('ข้าว'), hits('ชอบกิน')]).toEqual([
    [korean],
    [korean],
    [thai],
    [thai],
  ]);
  expect([hits('iphon'), hits('手机'), hits('iphone15手机'), hits('手机', 'iphon')]).toEqual([
    [mixed],
    [mixed],
    [mixed],
    [mixed],
  ]);
  expect(hits('智人')).toEqual([]);
});

test('two stretches side by side are no word together', async () => {
  await using world = await counted();
  world.say(['人工。工智'], { found: true });
  const { result } = world.run(
    searchTexts(world.userId, ['人工智'], { offset: 0, limit: 20, bytes: mebibyte }),
  );
  expect(result.items).toEqual([]);
});

test('a snippet of Chinese marks what was looked for, in the middle of a long text too, and reads little', async () => {
  await using world = await counted();
  world.say([`${'前'.repeat(100_000)}人工智能 and More${'后'.repeat(100_000)}`, '人工'], { found: true });
  const look = (...words: string[]) =>
    world.run(searchTexts(world.userId, words, { offset: 0, limit: 20, bytes: mebibyte }));
  const { bytes, result } = look('智能', 'mor');
  expect(bytes).toBeLessThan(10_000);
  const snippet = result.items[0]?.snippet ?? '';
  expect(snippet).toMatch(/^…前+人工\uE000智能\uE001 and \uE000Mor\uE001e后+…$/u);
  expect(Array.from(snippet).length).toBeLessThan(420);
  expect(look('人工').result.items[0]?.snippet).toBe('\uE000人工\uE001');
});

test('a snippet of Latin words beside Chinese shows nothing of how they are kept apart', async () => {
  await using world = await counted();
  world.say(['我用iPhone15手机拍照'], { found: true });
  const { result } = world.run(
    searchTexts(world.userId, ['iphone15'], { offset: 0, limit: 20, bytes: mebibyte }),
  );
  expect(result.items[0]?.snippet).toBe('我用\uE000iPhone15\uE001手机拍照');
});
