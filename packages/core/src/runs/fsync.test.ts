import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const child = path.join(import.meta.dirname, '../../test/sent.ts');

it('each acknowledged question was synced to the disk before its acknowledgement', (ctx) => {
  const probe = spawnSync('strace', ['-f', '-e', 'trace=fsync', 'true']);
  if (probe.status !== 0) ctx.skip('strace is missing or may not trace: fsync was not looked at');
  const traced = spawnSync(
    'strace',
    ['-f', '-y', '-e', 'trace=fsync,fdatasync,write', '-s', '32', process.execPath, child],
    { encoding: 'utf8' },
  );
  expect(traced.status).toBe(0);
  const story = traced.stderr.split('\n').flatMap((line) => {
    const said = /"(sending|acknowledged) (\d)\\n"/.exec(line);
    if (said !== null) return [`${said[1]} ${said[2]}`];
    return /f(?:data)?sync\(\d+<[^>]*amanda\.db-wal>/.test(line) ? ['sync'] : [];
  });
  for (let i = 1; i <= 5; i += 1) {
    const between = story.slice(story.indexOf(`sending ${i}`) + 1, story.indexOf(`acknowledged ${i}`));
    expect(between).toEqual(['sync']);
  }
});
