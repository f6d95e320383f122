import { stepsAtWork } from '../pipeline/at-work.ts';
import type { ExitCode } from './command.ts';

/** Milliseconds that what a pipeline has left behind in this process may go on after its run. */
const GRACE = 3000;

/** Sees that the process ends after a command, also where a step that was not waited for, or its timer, keeps it. */
export function endWith(code: ExitCode): void {
  process.exitCode = code;
  if (stepsAtWork() === undefined) return;
  const end = (): void => {
    const steps = stepsAtWork()?.join(', ') || 'what a step has begun, such as a timer';
    const told = `millrace: ended with this at work still: ${steps}\n`;
    // What was printed before is not lost.
    process.stderr.write(told, () => process.stdout.write('', () => process.exit(code)));
  };
  setTimeout(end, GRACE).unref();
}
