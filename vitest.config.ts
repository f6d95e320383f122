import { defineConfig } from 'vitest/config';
import { AIRFLOWS, HOW_TO_INSTALL_AIRFLOW, installedAirflow } from './test/support/airflow-installed.ts';
import { HOW_TO_INSTALL, installedMariadb } from './test/support/mariadb-installed.ts';
import { HOW_TO_INSTALL_14, hasPostgres14 } from './test/support/postgres-14-installed.ts';
import { HOW_TO_INSTALL_S3, installedS3 } from './test/support/s3-installed.ts';

// The servers that no package brings.
const withoutMariadb =
  installedMariadb() === undefined ? ['test/readers/sql/mysql.test.ts', 'test/loaders/sql/mysql.test.ts'] : [];
if (withoutMariadb.length > 0)
  console.warn(
    `NOT RUN: ${withoutMariadb} and half of test/readers/sql/incremental-knex.test.ts, for there is no MariaDB here: ${HOW_TO_INSTALL}`,
  );
const withoutS3 = installedS3() === undefined ? ['test/storage/s3*.test.ts'] : [];
if (withoutS3.length > 0)
  console.warn(`NOT RUN: ${withoutS3}, for there is no server that speaks S3 here: ${HOW_TO_INSTALL_S3}`);

const withoutAirflow = AIRFLOWS.every((version) => installedAirflow(version) !== undefined)
  ? []
  : ['test/pipeline/airflow/airflow.test.ts'];
if (withoutAirflow.length > 0) {
  console.warn(`NOT RUN: ${withoutAirflow}, for there is no Airflow here: ${HOW_TO_INSTALL_AIRFLOW}`);
}

/** What is run on the oldest server, too: the modes of load.postgres, its contracts, and read.sql. */
const ON_14 = ['test/loaders/postgres-{by-key,contract,history,slice}.test.ts', 'test/readers/sql/postgres.test.ts'];
const with14 = hasPostgres14();
if (!with14) console.warn(`NOT RUN on PostgreSQL 14: ${ON_14}, for there is none here: ${HOW_TO_INSTALL_14}`);

/** What comes by itself may take its time on a busy machine. */
const patient = { poll: { timeout: 20_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/cli/doctor/database.test.ts',
            'test/engines/**',
            'test/loaders/postgres*',
            'test/pipeline/airflow/airflow.test.ts',
            'test/pipeline/schedule/{backfill,serve}.test.ts',
            'test/cli/pipeline/{commands,guide,mistakes,prune}.test.ts',
            'test/loaders/sql/**',
            'test/pipeline/kill*',
            'test/pipeline/store/postgres*',
            'test/readers/sql/**',
            'test/storage/s3*',
            'test/suggest/sql*',
            'test/testing/postgres*',
            'test/examples/**',
          ],
          // They take milliseconds; a busy machine may take longer.
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: patient,
        },
      },
      {
        test: {
          name: 'engines',
          include: [
            'test/cli/doctor/database.test.ts',
            'test/engines/**/*.test.ts',
            'test/loaders/postgres*.test.ts',
            'test/loaders/sql/**/*.test.ts',
            'test/pipeline/kill*.test.ts',
            'test/pipeline/store/postgres*.test.ts',
            'test/pipeline/airflow/airflow.test.ts',
            'test/pipeline/schedule/{backfill,serve}.test.ts',
            'test/cli/pipeline/{commands,guide,mistakes,prune}.test.ts',
            'test/readers/sql/**/*.test.ts',
            'test/storage/s3*.test.ts',
            'test/suggest/sql*.test.ts',
            'test/testing/postgres*.test.ts',
            'test/examples/**/*.test.ts',
          ],
          exclude: [...withoutMariadb, ...withoutS3, ...withoutAirflow],
          globalSetup: ['test/support/postgres-global.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          expect: patient,
        },
      },
      ...(with14
        ? [
            {
              test: {
                name: 'postgres-14',
                include: ON_14,
                // A PGlite is none of the servers.
                env: { MILLRACE_TEST_SERVERS_ALONE: '1' },
                globalSetup: ['test/support/postgres-14-global.ts'],
                testTimeout: 60_000,
                hookTimeout: 120_000,
                expect: patient,
              },
            },
          ]
        : []),
    ],
  },
});
