import { type Command, type ExitCode, type Output, UsageError } from '../command.ts';
import { ownManifest } from '../manifest.ts';
import { parsed } from '../parsed.ts';
import { databaseFindings } from './database.ts';
import { engineFindings } from './engine.ts';
import type { Finding } from './finding.ts';
import { nodeFinding, projectFinding, temporaryFinding, typescriptFinding } from './machine.ts';
import { packageFindings } from './packages.ts';

const HELP = `millrace doctor [database url] [options]

Looks at what millrace needs here, and says what to do where something is wrong:
Node, the engine (which it starts and asks), memory, threads, the folder for
temporary files, the optional packages, and a PostgreSQL: the url given, else
the one in the environment variable DATABASE_URL. Nothing is written anywhere,
and no password is shown.

  --json  everything that was found, as JSON
  --help  print this

Exit codes: 0 no problem, 1 something will not work, 2 the call was wrong.`;

const OPTIONS = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

/** Tells what is misconfigured. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'look at this machine, the engine and a database',
  help: HELP,
  run,
};

async function run(args: readonly string[], output: Output): Promise<ExitCode> {
  const { values, positionals } = parsed('doctor', args, OPTIONS);
  if (values.help === true) {
    output.out(`${HELP}\n`);
    return 0;
  }
  if (positionals.length > 1) throw new UsageError('doctor: give one database url, or none');
  const manifest = ownManifest();
  const findings = [
    nodeFinding(manifest),
    typescriptFinding(),
    await projectFinding(process.cwd()),
    await temporaryFinding(),
    ...(await engineFindings()),
    ...packageFindings(manifest),
    ...(await ofDatabase(positionals[0])),
  ];
  const problems = findings.filter(({ state }) => state === 'problem').length;
  const warnings = findings.filter(({ state }) => state === 'warning').length;
  if (values.json === true) {
    const ok = problems === 0;
    output.out(`${JSON.stringify({ ok, version: manifest.version, problems, warnings, findings }, null, 2)}\n`);
  } else {
    output.out(`millrace ${manifest.version}\n\n${linesOf(findings)}\n\n${verdictOf(problems, warnings)}\n`);
  }
  return problems === 0 ? 0 : 1;
}

async function ofDatabase(given: string | undefined): Promise<readonly Finding[]> {
  if (given !== undefined) return databaseFindings(given, 'the url given');
  const { DATABASE_URL: url = '' } = process.env;
  if (url !== '') return databaseFindings(url, 'DATABASE_URL');
  return [{ about: 'database', state: 'note', told: 'none to try: give a url, or set DATABASE_URL' }];
}

function linesOf(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ about }) => about.length));
  return findings
    .flatMap(({ state, about, told, advice }) => [
      `${state.padEnd(7)}  ${about.padEnd(width)}  ${told}`,
      ...(advice === undefined ? [] : [`${' '.repeat(width + 11)}${advice}`]),
    ])
    .join('\n');
}

function verdictOf(problems: number, warnings: number): string {
  const counted = [
    ...(problems === 0 ? [] : [`${problems} ${problems === 1 ? 'problem' : 'problems'}`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`]),
  ];
  return counted.length === 0 ? 'All is well.' : `${counted.join(', ')}.`;
}
