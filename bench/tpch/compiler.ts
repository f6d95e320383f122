// What is timed of planning, from the source: the package does not export it.
export { sourcesOf } from '../../src/plan/walk.ts';
export { compile } from '../../src/sql/compile.ts';
export { duckdb } from '../../src/sql/duckdb.ts';
