// The jobs: what each is called, its entries with the targets of their ratios, and what it reads.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { home, python, python2 } from './home.mjs';

const here = dirname(fileURLToPath(import.meta.url));

export const jobs = {
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
  startup: {
    title: 'A process that imports and asks one small question, the whole process',
    rounds: 31,
    entries: {
      millrace: { script: 'startup/millrace.mjs', extra: ['values'] },
      '@duckdb/node-api': { script: 'startup/node-api.mjs', extra: ['values'], limit: 1.5 },
      '@duckdb/node-api, by require': { script: 'startup/node-api.mjs', extra: ['values', 'require'] },
      'millrace, of a CSV': { script: 'startup/millrace.mjs', extra: ['csv'] },
      '@duckdb/node-api, of a CSV': {
        script: 'startup/node-api.mjs',
        extra: ['csv'],
        against: 'millrace, of a CSV',
        limit: 1.5,
      },
    },
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
      const file = join(folder, 'orders.csv');
      writeFileSync(file, 'sku,quantity,price\ndesk,2,10.50\nlamp,1,3.00\nchair,4,7.25\n');
      return { args: () => [file], close: () => rmSync(folder, { recursive: true, force: true }) };
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
      const { server, csv, close } = await serverWithOrders();
      return { args: () => [server.url, `${orders()}.parquet`, csv], close };
    },
  },
  upsert: {
    title: 'Upsert 1,000,000 rows x 11 columns into 500,000 of PostgreSQL whose keys are among them, the load alone',
    entries: {
      millrace: 'postgres/upsert.mjs',
      "the server's own staging and ON CONFLICT": { script: 'postgres/upsert-server.mjs', limit: 1.3 },
    },
    async open() {
      const { server, csv, close } = await serverWithOrders();
      return { args: () => [server.url, `${orders()}.parquet`, csv], close };
    },
  },
  'load-large': {
    title: 'Append 10,000,000 rows x 11 columns of a Parquet file to PostgreSQL, the engine in 300 MB: peak < 700 MB',
    entries: { millrace: { script: 'load-large/millrace.mjs', extra: ['300MB'] } },
    rounds: 1,
    async open() {
      const { startPostgres } = await import('./postgres/server.mjs');
      const file = join(home, 'data', 'orders-10000000.parquet');
      const server = await startPostgres();
      return { args: () => [server.url, generated('orders', 10_000_000, file, '')], close: () => server.stop() };
    },
  },
  'parquet-write': {
    title: 'Write 1,000,000 rows x 11 columns in memory to one Parquet file, zstd unless said, the writing alone',
    entries: {
      millrace: 'parquet-write/millrace.mjs',
      'DuckDB COPY': { script: 'parquet-write/duckdb.mjs', limit: 1.05 },
      'DuckDB COPY, level 1': { script: 'parquet-write/duckdb.mjs', extra: ['1'] },
      'pandas to_parquet': { script: 'parquet-write/pandas_to_parquet.py', extra: ['zstd'], limit: 0.5 },
      'pandas to_parquet, snappy': { script: 'parquet-write/pandas_to_parquet.py', extra: ['snappy'] },
    },
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
      return {
        args: () => [`${orders()}.parquet`, join(folder, 'out.parquet')],
        close: () => rmSync(folder, { recursive: true, force: true }),
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
  api: {
    title: '1,000,000 records of 200 pages from a server of the same machine, from the first request to the last row',
    entries: {
      millrace: 'api/millrace.mjs',
      'fetch + JSON.parse': { script: 'api/fetch-parse.mjs', limit: 0.6 },
    },
    async open() {
      const server = spawn(process.execPath, [join(here, 'api/server.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [url] = await once(server.stdout.setEncoding('utf8'), 'data');
      return { args: () => [url.trim()], close: () => server.kill() };
    },
  },
  'tpch-memory': tpch('tables in memory', 'default', [], ['memory']),
  tpch: tpch('Parquet files, as the generator writes them, Snappy', 'default', []),
  'tpch-zstd': tpch('Parquet files, zstd at level 9', 'sf1', ['--compression', 'ZSTD(9)']),
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
  quarantine: {
    title:
      'CSV into the engine, 5,000,000 rows: every bad row put aside / the run fails at the first, the reading alone',
    entries: {
      'millrace, quarantine': { script: 'quarantine/millrace.mjs', extra: ['quarantine'] },
      'millrace, fail': { script: 'quarantine/millrace.mjs', extra: ['fail'] },
    },
    conclude([quarantine, fail], seconds) {
      return `quarantine / fail: ${(seconds(quarantine) / seconds(fail)).toFixed(2)} (<= 1.8)`;
    },
    async open() {
      return { args: () => [sales(5_000_000)], close() {} };
    },
  },
  'read-sql': {
    title: 'Read 1,000,000 rows x 11 columns of PostgreSQL, the reading alone',
    entries: {
      millrace: 'read-sql/millrace.mjs',
      'COPY TO STDOUT to a file': { script: 'read-sql/copy-to-file.mjs', limit: 1.4 },
      'pg rows': { script: 'read-sql/pg-rows.mjs', limit: 0.35 },
      'pandas read_sql': { script: 'read-sql/pandas_read_sql.py', limit: 0.25 },
    },
    async open() {
      const { fillOrders } = await import('./read-sql/table.mjs');
      const { server, csv, folder, close } = await serverWithOrders();
      await fillOrders(server.url, csv);
      return { args: () => [server.url, join(folder, 'orders.txt')], close };
    },
  },
  regression: {
    title: 'Linear regression, 5,000,000 rows x 4 numbers in memory, the fit alone',
    entries: {
      millrace: 'regression/millrace.mjs',
      'scikit-learn LinearRegression': { script: 'regression/sklearn_fit.py', limit: 1.2 },
      'statsmodels OLS': { script: 'regression/statsmodels_fit.py', limit: 0.25 },
    },
    async open() {
      return { args: () => [regression(5_000_000)], close() {} };
    },
  },
  'regression-predict': {
    title: 'Predictions of 5,000,000 rows in memory to one Parquet file, the writing alone',
    entries: {
      'millrace, predicted': { script: 'regression/predict.mjs', extra: ['predicted'] },
      'millrace, as they are': { script: 'regression/predict.mjs', extra: ['as they are'] },
    },
    conclude([predicted, plain], seconds) {
      return `predicted / as they are: ${(seconds(predicted) / seconds(plain)).toFixed(2)} (<= 1.15)`;
    },
    async open() {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
      return {
        args: () => [regression(5_000_000), join(folder, 'out.parquet')],
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  },
  'regression-memory': {
    title: 'Linear regression of Parquet files, the whole process: the peak does not grow with the rows',
    entries: {
      'millrace, 1M rows': { script: 'regression/memory.mjs', rows: 1_000_000 },
      'millrace, 5M rows': { script: 'regression/memory.mjs', rows: 5_000_000 },
      'millrace, 20M rows': { script: 'regression/memory.mjs', rows: 20_000_000 },
    },
    rounds: 1,
    conclude(entries) {
      const [least, , most] = entries.map((entry) => Math.max(...entry.runs.map((run) => run.mb)));
      return `peak, 20M rows / 1M rows: ${(most / least).toFixed(2)}`;
    },
    async open() {
      return { args: ({ rows }) => [regression(rows)], close() {} };
    },
  },
  memory: {
    title: 'Files of 2 GB to Parquet in 512 MB, the whole process: peak <= 800 MB',
    entries: {
      'millrace, CSV': { script: 'memory/millrace.mjs', suffix: 'csv' },
      'millrace, NDJSON': { script: 'memory/millrace.mjs', suffix: 'ndjson' },
    },
    rounds: 1,
    async open() {
      const folder = mkdtempSync(join(home, 'memory-'));
      return {
        args({ suffix }) {
          const file = join(folder, `sales.${suffix}`);
          if (!existsSync(file)) generate('generate.mjs', ['sales', suffix === 'csv' ? 26_500_000 : 12_500_000, file]);
          return [file, join(folder, 'out.parquet')];
        },
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
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

function tpch(tables, name, compression, more = []) {
  return {
    title: `TPC-H, scale factor 1: 22 questions of ${tables}; the sum of the medians of 3 times each`,
    entries: {
      millrace: 'tpch/millrace.mjs',
      'SQL by hand': { script: 'tpch/duckdb.mjs', limit: 1.05 },
      'Polars, Python': { script: 'tpch/polars_tpch.py', limit: 1 },
    },
    async open() {
      const { build } = await import('./tpch/build.mjs');
      await build();
      const folder = join(home, 'data', 'tpch', name);
      if (!existsSync(join(folder, 'lineitem.parquet'))) generateTpch(['--output-dir', folder, ...compression]);
      return { args: () => [folder, '3', ...more], close() {} };
    },
  };
}

function generateTpch(options) {
  const args = ['parquet', '-s', '1', ...options];
  const { status } = spawnSync(join(dirname(python), 'tpchgen-cli'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`tpchgen-cli, which npm run python installs, ended with ${status}`);
}

function regression(rows) {
  const file = join(home, 'data', `regression-${rows}.parquet`);
  if (!existsSync(file)) generate('regression/generate.mjs', [rows, file]);
  return file;
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

/** A server, and a CSV file that it can read itself, perhaps as another user. */
async function serverWithOrders() {
  const { startPostgres } = await import('./postgres/server.mjs');
  const server = await startPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  chmodSync(folder, 0o755);
  const csv = join(folder, 'orders.csv');
  copyFileSync(`${orders()}.csv`, csv);
  chmodSync(csv, 0o644);
  const close = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { server, csv, folder, close };
}
