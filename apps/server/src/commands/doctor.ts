import type { Config } from '../config/config.ts';
import { aiFinding } from '../doctor/ai.ts';
import { databaseFinding, folderFindings, nodeFinding } from '../doctor/machine.ts';
import { type VariableSources, variableFindings } from '../doctor/variables.ts';

/**
 * Looks at everything that can be wrong before users notice, prints what it finds, and sets exit code 1 for bad news.
 * Changes nothing; a server may run meanwhile. Asks the AI backend one real question.
 */
export async function doctor(config: Config, sources: VariableSources): Promise<void> {
  const findings = [
    nodeFinding(process.versions.node),
    ...variableFindings(config, sources),
    ...folderFindings(config),
    databaseFinding(config),
    await aiFinding(config),
  ];
  const marks = { ok: '✓', note: '·', bad: '✗' };
  for (const { level, text } of findings) process.stdout.write(`${marks[level]} ${text}\n`);
  if (findings.some(({ level }) => level === 'bad')) process.exitCode = 1;
}
