import { fileURLToPath } from 'node:url';
import type { PGlite } from '@electric-sql/pglite';
import type { Readers } from '../../src/index.ts';
import { type Films, filmSchema, type Market, marketSchema, type Studios, studioSchema } from './schemas.ts';

const DATA = new URL('../../node_modules/vega-datasets/data/', import.meta.url);

/** 3,201 films: what the server serves. */
export const FILMS_FILE = new URL('movies.json', DATA);

/** The films, a page at a time; a film that does not fit goes to quarantine. */
export function readFilms(read: Readers, url: string): Films {
  return read.api(url, {
    schema: filmSchema,
    records: 'films',
    paginate: {
      kind: 'page',
      param: 'page',
      size: { param: 'per_page', value: 250 },
      until: { totalPages: 'pages' },
    },
    retry: { attempts: 5 },
    onBadRow: 'quarantine',
  });
}

/** The stock market, a row a month from 2000 to 2010. */
export function readMarket(read: Readers): Market {
  return read.csv(fileURLToPath(new URL('sp500.csv', DATA)), { schema: marketSchema });
}

/** The studios, of a database. */
export function readStudios(read: Readers, database: PGlite): Studios {
  return read.sql(database, 'SELECT distributor, studio, tier FROM studios ORDER BY distributor', {
    schema: studioSchema,
  });
}
