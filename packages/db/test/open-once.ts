/** A process that opens a database when it is told to, and answers with the migrations that it applied. */
import { once } from 'node:events';
import { openDatabase } from '../src/index.ts';

const go = once(process, 'message');
process.send?.('ready');
await go;

let applied: unknown = [];
const db = await openDatabase({
  url: process.argv[2] ?? '',
  log: (_level, fields) => {
    if ('applied' in fields) applied = fields.applied;
  },
});
await db.close();
process.send?.(applied);
process.disconnect();
