import { createRequire } from 'node:module';
import type * as NodeApi from '@duckdb/node-api';

// Of a package of CommonJS `import` reads each of its files once more, for the names it exports: twice the time of `require`.
// Where this was bundled as CommonJS, `import.meta` is empty.
const require = createRequire(import.meta.url ?? __filename);

/** The engine's package: what imports this module loads it. */
export const nodeApi: typeof NodeApi = require('@duckdb/node-api');
