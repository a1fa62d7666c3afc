import { OpenError, StorageError } from '@amanda/db';
import { Command } from 'commander';
import type { Logger } from 'pino';

import packageJson from '../package.json' with { type: 'json' };
import { administer } from './commands/accounts.ts';
import { adopt } from './commands/adopt.ts';
import { doctor } from './commands/doctor.ts';
import { migrate } from './commands/migrate.ts';
import { serve } from './commands/serve.ts';
import { type Config, ConfigError } from './config/config.ts';
import { Refusal } from './data-dir/refusal.ts';
import { readConfig, readEnvFile, readEnvironment } from './env.ts';
import { createLog } from './log.ts';

/** Runs a command with the checked configuration; what the operator can mend becomes one line and exit code 1. */
async function run(command: (config: Config, log: Logger) => Promise<void>): Promise<void> {
  try {
    const config = readConfig();
    const log = createLog({ level: config.logLevel, terminal: process.stdout.isTTY });
    await command(config, log);
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = 1;
  }
}

function describe(error: unknown): string {
  const isPlain = error instanceof ConfigError || error instanceof Refusal || error instanceof OpenError;
  if (isPlain) return error.message;
  if (error instanceof StorageError) return `The database cannot be used: ${error.message}.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const program = new Command('amanda')
  .description('A chat backend where nothing is lost on the way to the screen.')
  .version(packageJson.version);

program
  .command('serve')
  .description('serve on HOST and PORT until SIGTERM (the default)')
  .action(() => run(serve));
program
  .command('migrate')
  .description('bring the database to the schema of this version; serve does so by itself')
  .action(() => run(migrate));
program
  .command('doctor')
  .description(
    'check the configuration, the data folder, the database and the AI backend, and say what is wrong',
  )
  .action(() => run((config) => doctor(config, { environment: readEnvironment(), file: readEnvFile() })));
program
  .command('adopt')
  .description(
    'bring users, chats and messages over from a database of the Python service, which is only read',
  )
  .argument('<file>', 'the old amanda.db')
  .option('--dry-run', 'say what would be done, and do nothing')
  .action((file: string, { dryRun }: { dryRun?: boolean }) =>
    run((config) => adopt(config, file, { dryRun: dryRun === true })),
  );
const adminCommands = [
  ['create-admin', 'make an admin of an account, or make the account'],
  ['end-sessions', 'log an account out everywhere, bearer tokens too'],
  ['disable-account', 'end whatever an account does, and let nobody in'],
  ['enable-account', 'let the owner of a disabled account in again'],
] as const;
for (const [name, description] of adminCommands) {
  program
    .command(name)
    .description(`${description}; a server may run`)
    .argument('<email>')
    .action((email: string) => run((config, log) => administer(config, log, { command: name, email })));
}

const [command = 'serve', ...rest] = process.argv.slice(2);
await program.parseAsync([command, ...rest], { from: 'user' });
