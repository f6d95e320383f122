// Runs the benchmarks one process at a time, in turn (A B C, A B C, ...), and prints tables of ratios of medians.
//   node run.mjs [clean|startup|postgres|upsert|load-large|parquet-write|arrow|api|tpch-memory|tpch|tpch-zstd|h2o|quarantine|read-sql|regression|regression-predict|regression-memory|memory|large ...] [--rounds 5] [--only millrace,polars]
// An entry is a script in the job's folder. What it prints last as {"ms": ..., "rows": ...} is its time;
// an entry that prints nothing is timed from the start of its process to its end. It may add the times of its questions
// (parts) and what else it has to tell (notes), which are printed below the table.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { python } from './home.mjs';
import { jobs } from './jobs.mjs';
import { median } from './median.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, only: { type: 'string' } },
});

function interpreterOf(script) {
  return script.endsWith('.py') ? python : process.execPath;
}

// GNU time gives the peak memory and the processor time of the whole process; without it the columns stay empty.
const gnuTime = spawnSync('/usr/bin/time', ['-f', '%M', 'true'], { encoding: 'utf8' }).status === 0;

function measure({ script, interpreter = interpreterOf(script) }, args) {
  const command = gnuTime ? ['/usr/bin/time', '-f', 'measured %M %U %S', interpreter] : [interpreter];
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(command[0], [...command.slice(1), join(here, script), ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const wall = performance.now() - start;
  if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stderr.slice(-2000)}`);
  const last = stdout.trim().split('\n').at(-1) ?? '';
  const own = last.startsWith('{') ? JSON.parse(last) : {};
  const [kb, user, system] = (/measured (.*)/.exec(stderr)?.[1] ?? 'NaN NaN NaN').split(' ').map(Number);
  const { parts, notes } = own;
  return { ms: own.ms ?? wall, rows: own.rows, mb: kb / 1024, cpu: user + system, parts, notes };
}

async function run(job) {
  const only = options.only?.split(',');
  const entries = Object.entries(job.entries)
    .map(([name, entry]) => ({ name, ...(typeof entry === 'string' ? { script: entry } : entry), runs: [] }))
    .filter(
      ({ name, script, interpreter = interpreterOf(script) }) =>
        (only ? only.some((part) => name.includes(part)) : true) &&
        existsSync(join(here, script)) &&
        existsSync(interpreter),
    );
  const rounds = Number(options.rounds ?? job.rounds ?? 5);
  const place = await job.open();
  try {
    for (let round = 0; round < rounds; round++) {
      for (const entry of entries) {
        const result = measure(entry, [...place.args(entry), ...(entry.extra ?? [])]);
        entry.runs.push(result);
        console.error(`${round + 1}  ${entry.name}  ${(result.ms / 1000).toFixed(2)} s`);
      }
    }
  } finally {
    await place.close();
  }
  const seconds = (entry) => median(entry.runs.map((r) => r.ms)) / 1000;
  const rows = new Set(entries.flatMap((e) => (e.rows === undefined ? (e.runs[0].rows ?? []) : [])));
  if (rows.size > 1) throw new Error(`the entries do not agree on the rows: ${[...rows].join(', ')}`);
  const lines = entries.map((entry) => {
    const millrace = entries.find((e) => e.name === (entry.against ?? 'millrace'));
    const compared = millrace && !entry.name.startsWith('millrace');
    return [
      entry.name,
      seconds(entry).toFixed(2),
      (Math.min(...entry.runs.map((r) => r.ms)) / 1000).toFixed(2),
      gnuTime ? Math.min(...entry.runs.map((r) => r.cpu)).toFixed(2) : '',
      gnuTime ? Math.round(Math.max(...entry.runs.map((r) => r.mb))) : '',
      compared ? (seconds(millrace) / seconds(entry)).toFixed(2) : '',
      entry.limit ? `<= ${entry.limit}` : '',
    ];
  });
  return [
    `## ${job.title}`,
    '',
    `| | median s | least s | least CPU s, whole process | peak MB | millrace / it | target |`,
    '|---|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line.join(' | ')} |`),
    '',
    ...partsTable(entries.filter((entry) => entry.runs[0].parts)),
    ...entries.flatMap((entry) => (entry.runs[0].notes ?? []).map((note) => `- ${entry.name}: ${note}\n`)),
    ...(job.conclude && entries.length > 1 ? [`- ${job.conclude(entries, seconds)}\n`] : []),
  ].join('\n');
}

/** The median milliseconds of each question. */
function partsTable(entries) {
  if (entries.length === 0) return [];
  return [
    `| question, ms | ${entries.map((entry) => entry.name).join(' | ')} |`,
    `|---|${entries.map(() => '---|').join('')}`,
    ...Object.keys(entries[0].runs[0].parts).map((part) => {
      const times = entries.map((entry) => Math.round(median(entry.runs.map((r) => r.parts[part]))));
      return `| ${part} | ${times.join(' | ')} |`;
    }),
    '',
  ];
}

const chosen = positionals.length > 0 ? positionals : Object.keys(jobs);
console.log(
  `Node ${process.versions.node}, ${process.platform}-${process.arch}, ${cpus().length} cores, ${options.rounds ?? 'the usual'} rounds\n`,
);
for (const name of chosen) console.log(await run(jobs[name]));
