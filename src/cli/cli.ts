import { MillraceError } from '../errors.ts';
import { type Command, type ExitCode, type Output, UsageError } from './command.ts';
import { doctorCommand } from './doctor/doctor.ts';
import { ownManifest } from './manifest.ts';
import { PIPELINE_COMMANDS } from './pipeline/commands.ts';
import { runCommand } from './run.ts';
import { schemaCommand } from './schema.ts';

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [schemaCommand, doctorCommand, runCommand, ...PIPELINE_COMMANDS];

/** Runs the command that the arguments name; gives the exit code. */
export async function runCli(args: readonly string[], output: Output): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? output.err : output.out)(usage());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    output.out(`${ownManifest().version}\n`);
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  try {
    if (command === undefined) {
      const known = COMMANDS.map((one) => one.name).join(', ');
      throw new UsageError(`there is no command ${JSON.stringify(name)}; the commands are ${known}`);
    }
    return await command.run(rest, output);
  } catch (error) {
    const isUsage = error instanceof UsageError || (error instanceof MillraceError && isOfCall(error.code));
    output.err(`millrace: ${messageOf(error)}\n`);
    if (isUsage) output.err(`Try: millrace ${command === undefined ? '' : `${command.name} `}--help\n`);
    return isUsage ? 2 : 1;
  }
}

/** Codes of what was asked for and cannot be, so that nothing was run. */
const OF_CALLS = ['param', 'moment', 'span', 'unscheduled', 'no_step', 'run', 'no_run'].map(
  (what) => `pipeline.${what}`,
);

function isOfCall(code: string): boolean {
  return code.endsWith('.option') || OF_CALLS.includes(code);
}

/** Our own errors tell all in their message; of any other the stack is needed. */
function messageOf(error: unknown): string {
  if (error instanceof MillraceError) return `${error.message} [${error.code}]`;
  if (error instanceof UsageError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function usage(): string {
  const width = Math.max(...COMMANDS.map((one) => one.name.length));
  const commands = COMMANDS.map((one) => `  ${one.name.padEnd(width)}  ${one.summary}`);
  return `millrace <command> [options]

${commands.join('\n')}

  millrace <command> --help, millrace --version
Exit codes: 0 done; 1 the run failed; 2 the call was wrong, and nothing was run.
`;
}
