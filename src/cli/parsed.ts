import { type ParseArgsConfig, parseArgs } from 'node:util';
import { didYouMean } from '../errors.ts';
import { UsageError } from './command.ts';

/** The options and the other arguments of a command; what it does not know is a wrong call. */
export function parsed<const O extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  args: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<{ readonly args: string[]; readonly allowPositionals: true; readonly options: O }>> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    const [told = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    const unknown = /^Unknown option '(-[^']*)'/.exec(told)?.[1];
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new UsageError(
      `${command}: ${unknown === undefined ? told : `there is no option ${unknown}.${didYouMean(unknown, known)} The options are ${known.join(', ')}.`}`,
    );
  }
}
