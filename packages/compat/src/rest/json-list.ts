import { Readable } from 'node:stream';
import type { StreamedList } from './route.ts';

/** Characters of JSON that are handed on at a time; a single item is whole. */
const sliceLength = 65_536;

/**
 * Begins to send a list while it is still being read. What goes wrong before the first page is thrown here, so that it
 * can be answered properly; later the response is cut off, which every HTTP client notices.
 * The stream asks for a page when there is room for it, and stops asking when it is destroyed: it holds one page, and of
 * that the JSON of a slice.
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
      let slice = '';
      for (const item of page.value) {
        slice += separator + JSON.stringify(item);
        separator = ',';
        if (slice.length < sliceLength) continue;
        yield slice;
        slice = '';
      }
      if (slice !== '') yield slice;
    }
    yield ']}';
  } finally {
    await pages.return?.();
  }
}
