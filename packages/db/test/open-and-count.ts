/** A process that opens a database and answers with how many bytes it read for that; Linux counts them. */
import { readFileSync } from 'node:fs';
import { openDatabase } from '../src/index.ts';

const bytesRead = (): number => Number(/^rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);

const before = bytesRead();
const db = await openDatabase({ url: process.argv[2] ?? '' });
process.send?.(bytesRead() - before);
await db.close();
process.disconnect();
