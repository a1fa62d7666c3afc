import { Readable } from 'node:stream';
import type { StreamedList } from './route.ts';

/**
 * Begins to send a list while it is still being read. What goes wrong before the first page is thrown here, so that it
 * can be answered properly; later the response is cut off, which every HTTP client notices.
 * The stream asks for a page when there is room for it, and stops asking when it is destroyed.
 */
export async function openJsonList({ key, pages }: StreamedList): Promise<Readable> {
  const first = await pages.next();
  return Readable.from(render(key, first, pages), { objectMode: false });
}

async function* render(
  key: string,
  first: IteratorResult<readonly object[], void>,
  pages: StreamedList['pages'],
): AsyncGenerator<string, void, undefined> {
  try {
    yield `{${JSON.stringify(key)}:[`;
    let separator = '';
    for (let page = first; page.done !== true; page = await pages.next()) {
      if (page.value.length === 0) continue;
      yield separator + page.value.map((item) => JSON.stringify(item)).join(',');
      separator = ',';
    }
    yield ']}';
  } finally {
    await pages.return?.();
  }
}
