// Runs the benchmarks one process at a time, in turn (A B C, A B C, ...), and prints tables of ratios of medians.
//   node run.mjs [clean|postgres|arrow|tpch|h2o|large ...] [--rounds 5] [--only millrace,polars]
// An entry is a script in the job's folder. What it prints last as {"ms": ..., "rows": ...} is its time;
// an entry that prints nothing is timed from the start of its process to its end. It may add the times of its questions
// (parts) and what else it has to tell (notes), which are printed below the table.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { home, python, python2 } from './home.mjs';
import { median } from './median.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, only: { type: 'string' } },
});

const jobs = {
  clean: {
    title: 'Clean job: CSV to Parquet, 5,000,000 rows (Arquero: 1,000,000), the whole process',
    entries: {
      millrace: 'clean/millrace.mjs',
      'SQL by hand, strict': { script: 'clean/sql-strict.mjs', limit: 1.05 },
      'SQL by hand, lenient typed read': { script: 'clean/sql-lenient.mjs', limit: 1.2 },
      'nodejs-polars': { script: 'clean/polars.mjs', limit: 1.05 },
      'pandas 3': { script: 'clean/pandas_clean.py', limit: 0.35 },
      'pandas 3, pyarrow parser': { script: 'clean/pandas_clean.py', extra: ['pyarrow'] },
      'pandas 2': { script: 'clean/pandas_clean.py', interpreter: python2, limit: 0.35 },
      'millrace, 1M rows': { script: 'clean/millrace.mjs', rows: 1_000_000 },
      'Arquero, 1M rows': { script: 'clean/arquero.mjs', rows: 1_000_000, against: 'millrace, 1M rows', limit: 0.15 },
    },
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
      return {
        args: ({ rows = 5_000_000 }) => [sales(rows), join(folder, 'out.parquet')],
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  },
  postgres: {
    title: 'Append 1,000,000 rows x 11 columns to PostgreSQL, the load alone',
    entries: {
      millrace: 'postgres/millrace.mjs',
      'COPY FROM by the server': { script: 'postgres/server-copy.mjs', limit: 1.5 },
      'knex.batchInsert': { script: 'postgres/knex.mjs', limit: 0.2 },
      'pandas to_sql': { script: 'postgres/pandas_to_sql.py', limit: 0.15 },
    },
    async open() {
      const { startPostgres } = await import('./postgres/server.mjs');
      const server = await startPostgres();
      // The server reads the CSV file itself, perhaps as another user.
      const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
      chmodSync(folder, 0o755);
      const csv = join(folder, 'orders.csv');
      copyFileSync(`${orders()}.csv`, csv);
      chmodSync(csv, 0o644);
      return {
        args: () => [server.url, `${orders()}.parquet`, csv],
        async close() {
          await server.stop();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  },
  arrow: {
    title: 'Collect 1,000,000 rows x 11 columns to an Arrow table, the collecting alone',
    entries: {
      millrace: 'arrow/millrace.mjs',
      'polars writeIPC + tableFromIPC': { script: 'arrow/polars.mjs', limit: 3 },
    },
    async open() {
      return { args: () => [`${orders()}.parquet`], close() {} };
    },
  },
  tpch: {
    title: 'TPC-H, scale factor 1: 22 questions of Parquet files, the sum of the medians of 3 times each',
    entries: {
      millrace: 'tpch/millrace.mjs',
      'SQL by hand': { script: 'tpch/duckdb.mjs', limit: 1.05 },
      'Polars, Python': { script: 'tpch/polars_tpch.py', limit: 1 },
    },
    async open() {
      const { build } = await import('./tpch/build.mjs');
      build();
      const folder = tpch();
      return { args: () => [folder, '3'], close() {} };
    },
  },
  h2o: {
    title:
      'H2O.ai db-benchmark, groupby: 10 questions of 10,000,000 rows in memory, the sum of the medians of 3 times each',
    entries: {
      millrace: 'h2o/millrace.mjs',
      'SQL by hand': { script: 'h2o/duckdb.mjs', limit: 1.05 },
      'Polars, Python': { script: 'h2o/polars_h2o.py' },
    },
    async open() {
      const rows = 10_000_000;
      const file = join(home, 'data', `h2o-${rows}.parquet`);
      if (!existsSync(file)) generate('h2o/generate.mjs', [rows, file]);
      return { args: () => [file, '3'], close() {} };
    },
  },
  large: {
    title:
      'Clean job, 40,000,000 rows in 1 GB: peak <= 1600 MB; seconds a million rows <= 2.5 times those of 5,000,000',
    entries: {
      'millrace, 5M rows, no limit': { script: 'large/millrace.mjs', rows: 5_000_000 },
      'millrace, 40M rows, 1 GB': { script: 'large/millrace.mjs', rows: 40_000_000, extra: ['1GB'] },
    },
    rounds: 1,
    conclude([usual, large], seconds) {
      const slower = seconds(large) / large.rows / (seconds(usual) / usual.rows);
      return `time a row, 40M / 5M: ${slower.toFixed(2)} (<= 2.5)`;
    },
    async open() {
      mkdirSync(home, { recursive: true });
      const disk = statfsSync(home);
      const free = (disk.bavail * disk.bsize) / 2 ** 30;
      if (free < 20)
        throw new Error(
          `large needs 20 GiB free in ${home} for its file and what spills; there are ${free.toFixed(1)}`,
        );
      const folder = mkdtempSync(join(home, 'large-'));
      const big = join(folder, 'sales.csv');
      return {
        args({ rows }) {
          if (rows <= 5_000_000) return [sales(rows), join(folder, 'out.parquet')];
          if (!existsSync(big)) generate('generate.mjs', ['sales', rows, big]);
          return [big, join(folder, 'out.parquet')];
        },
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  },
};

function tpch() {
  const folder = join(home, 'data', 'tpch', 'sf1');
  if (existsSync(join(folder, 'lineitem.parquet'))) return folder;
  const args = ['parquet', '-s', '1', '--output-dir', folder, '--compression', 'ZSTD(9)'];
  const { status } = spawnSync(join(dirname(python), 'tpchgen-cli'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`tpchgen-cli, which npm run python installs, ended with ${status}`);
  return folder;
}

function sales(rows) {
  return generated('sales', rows, join(home, 'data', `sales-${rows}.csv`), '');
}

function orders() {
  return generated('orders', 1_000_000, join(home, 'data', 'orders'), '.csv');
}

function generated(what, rows, file, suffix) {
  if (!existsSync(file + suffix)) generate('generate.mjs', [what, rows, file]);
  return file;
}

function generate(script, args) {
  mkdirSync(dirname(args.at(-1)), { recursive: true });
  const { status } = spawnSync(process.execPath, [join(here, script), ...args.map(String)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${status}`);
}

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
  const rows = new Set(entries.map((e) => e.runs[0].rows).filter((n) => n !== undefined));
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
