import path from 'node:path';
import { parseArgs } from 'node:util';
import { startTestServer } from '@amanda/testing';
import { launchBrowser } from '../chromium.ts';
import { measureLoad } from './load.ts';
import { scenes } from './scenes.ts';

// npm run speed -- --rounds 5 --only sign-in [--page OTHER_DIST …]   several builds of the page are measured by turns
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    /** Of the scenes, those whose names match this. */
    only: { type: 'string', default: '' },
    page: { type: 'string', multiple: true, default: [path.join(import.meta.dirname, '../../dist')] },
  },
});

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

await using parts = new AsyncDisposableStack();
const browser = await launchBrowser();
parts.defer(() => browser.close());
const builds = [];
for (const webRoot of values.page) {
  const server = parts.use(await startTestServer({ config: { webRoot: path.resolve(webRoot) } }));
  builds.push({ webRoot, server });
}
const all = new Map<string, Awaited<ReturnType<typeof measureLoad>>[]>();
for (const scene of scenes.filter(({ name }) => name.includes(values.only))) {
  const opened = await Promise.all(builds.map(async ({ server }) => scene.prepare(server)));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [index, { server, webRoot }] of builds.entries()) {
      const prepared = opened[index];
      if (prepared === undefined) continue;
      const load = await measureLoad(browser, server.url, { ...prepared, isDone: scene.isDone });
      const name = `${scene.name}\t${webRoot}`;
      all.set(name, [...(all.get(name) ?? []), load]);
      process.stderr.write(`${name}\t${JSON.stringify(load)}\n`);
    }
  }
}
for (const [name, loads] of all) {
  const of = (key: 'fcpMs' | 'lcpMs' | 'readyMs' | 'blockedMs' | 'shift' | 'bytes') =>
    median(loads.map((load) => load[key]));
  process.stdout.write(
    `${name}\tFCP ${of('fcpMs')} ms\tLCP ${of('lcpMs')} ms\tready ${of('readyMs')} ms\t` +
      `blocked ${of('blockedMs')} ms\tshift ${of('shift').toFixed(3)}\t${Math.round(of('bytes') / 1000)} kB\n`,
  );
}
