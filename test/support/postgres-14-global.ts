import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';
import { installedPostgres14 } from './postgres-14-installed.ts';

/** A PostgreSQL 14 for the whole run, in the place of the newest. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const native = installedPostgres14();
  const given = process.env.DATABASE_URL_14;
  const server = await startPostgres({
    ...(given === undefined ? {} : { given }),
    ...(native === undefined ? {} : { native }),
  });
  project.provide('postgresUrl', server.url);
  return () => server.stop();
}
