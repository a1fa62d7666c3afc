import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Figure } from './measure/figures.ts';
import { type Stage, setStage } from './measure/stage.ts';
import { machine, plot, table } from './report.ts';
import { firstPiece } from './scenarios/first-piece.ts';
import { idleMemory } from './scenarios/idle-memory.ts';
import { latency } from './scenarios/latency.ts';
import { logins } from './scenarios/logins.ts';
import { manyReaders } from './scenarios/readers.ts';
import { replay } from './scenarios/replay.ts';
import { saturation } from './scenarios/saturation.ts';

const scenarios: Readonly<Record<string, (stage: Stage) => Promise<readonly Figure[]>>> = {
  'first-piece': firstPiece,
  saturation,
  latency,
  replay,
  readers: manyReaders,
  'idle-memory': idleMemory,
  logins,
};

// npm run bench              everything, and the results are written to bench/results
// npm run bench -- latency   these only, and the results are just printed
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in scenarios));
if (unknown.length > 0) {
  process.stderr.write(
    `no such benchmark: ${unknown.join(', ')}; there are ${Object.keys(scenarios).join(', ')}\n`,
  );
  process.exit(1);
}

const figures: Figure[] = [];
await using stage = await setStage();
for (const [name, run] of Object.entries(scenarios)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  figures.push(...(await run(stage)));
}

const text = `${table(figures)}\n\n${machine()}, ${new Date().toISOString().slice(0, 10)}\n`;
process.stdout.write(text);
if (asked.length === 0) {
  const folder = path.join(import.meta.dirname, '../results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'results.md'),
    `# Results of \`npm run bench\`\n\n${text}\n![](results.svg)\n`,
  );
  writeFileSync(path.join(folder, 'results.svg'), plot(figures));
}
