import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';

/**
 * A checkout with nothing in it but `scripts/`, in a folder whose name has a blank and an umlaut. In place of npm stands
 * a program that writes down how it was called.
 */
function checkout() {
  const root = path.join(mkdtempSync(path.join(tmpdir(), 'amanda-')), 'mein Gespräch');
  const at = (...names: string[]) => path.join(root, ...names);
  cpSync(path.join(import.meta.dirname, '../scripts'), at('scripts'), { recursive: true });
  mkdirSync(at('node_modules/node/bin'), { recursive: true });
  symlinkSync(process.execPath, at('node_modules/node/bin/node'));
  mkdirSync(at('packages/db/src'), { recursive: true });
  writeFileSync(at('packages/db/src/index.ts'), '');
  writeFileSync(at('package.json'), JSON.stringify({ packageManager: 'pnpm@1.2.3' }));
  mkdirSync(at('bin'));
  writeFileSync(
    at('bin/npm'),
    `#!/bin/sh\necho "$*" >> "$0.calls"\nexit $(cat "$0.status" 2>/dev/null || echo 0)\n`,
  );
  chmodSync(at('bin/npm'), 0o755);
  writeFileSync(at('bin/npm.calls'), '');
  return {
    at,
    npmCalls: () => readFileSync(at('bin/npm.calls'), 'utf8').split('\n').slice(0, -1),
    run(...args: string[]) {
      const PATH = [at('bin'), path.dirname(process.execPath), '/usr/bin', '/bin'].join(path.delimiter);
      return spawn(process.execPath, [at('scripts/run.mjs'), ...args], { env: { PATH }, cwd: tmpdir() });
    },
    [Symbol.dispose]: () => rmSync(path.dirname(root), { recursive: true }),
  };
}

async function ended(child: ReturnType<ReturnType<typeof checkout>['run']>) {
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return { output, code };
}

// Windows finds no `#!/bin/sh`; what is tested here it is told in other words.
describe.skipIf(process.platform === 'win32')('npm start', () => {
  it('asks npm for nothing when nothing has changed', async () => {
    using folder = checkout();
    writeFileSync(folder.at('hello.ts'), 'process.stdout.write(process.argv.slice(2).join("+"))');
    expect(await ended(folder.run('hello.ts', 'a b', 'c'))).toEqual({ output: 'a b+c', code: 0 });
    expect(folder.npmCalls()).toEqual([expect.stringMatching(/^exec .*--package=pnpm@1\.2\.3 .* generate$/)]);
    await ended(folder.run('hello.ts'));
    expect(folder.npmCalls()).toHaveLength(1);
    writeFileSync(folder.at('packages/db/src/index.ts'), '// changed');
    await ended(folder.run('hello.ts'));
    expect(folder.npmCalls()).toHaveLength(2);
  });

  it('starts nothing when setting up fails, and sets up again the next time', async () => {
    using folder = checkout();
    writeFileSync(folder.at('hello.ts'), 'process.stdout.write("hello")');
    writeFileSync(folder.at('bin/npm.status'), '3');
    expect(await ended(folder.run('--build', 'hello.ts'))).toEqual({ output: '', code: 3 });
    rmSync(folder.at('bin/npm.status'));
    expect(await ended(folder.run('--build', 'hello.ts'))).toEqual({ output: 'hello', code: 0 });
    expect(folder.npmCalls()).toHaveLength(2);
  });

  it('ends as its program does', async () => {
    using folder = checkout();
    writeFileSync(folder.at('fail.ts'), 'process.exitCode = 7');
    expect((await ended(folder.run('fail.ts'))).code).toBe(7);
    writeFileSync(folder.at('die.ts'), 'process.kill(process.pid, "SIGKILL")');
    expect((await ended(folder.run('die.ts'))).code).toBe(137);
  });

  it('hands a signal on and waits for the end', async () => {
    using folder = checkout();
    const program = `setInterval(() => {}, 1000);
      process.on('SIGTERM', () => { process.stdout.write(' closing'); process.exit(0); });
      process.stdout.write('ready');`;
    writeFileSync(folder.at('serve.ts'), program);
    const child = folder.run('serve.ts');
    const end = ended(child);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect(await end).toEqual({ output: 'ready closing', code: 0 });
  });
});
