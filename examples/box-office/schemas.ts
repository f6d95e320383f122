import { type FrameOf, t } from '../../src/index.ts';

/** A film as the API tells it. What is not nullable here is what a film cannot do without. */
export const filmSchema = {
  title: t.string().from('Title'),
  released: t.date({ formats: ['%b %d %Y'] }).from('Release Date'),
  budget: t.int().from('Production Budget'),
  worldwide_gross: t.int().from('Worldwide Gross'),
  us_gross: t.int().nullable().from('US Gross'),
  rating: t.enum(['G', 'PG', 'PG-13', 'R', 'NC-17', 'Not Rated']).nullable().from('MPAA Rating'),
  minutes: t.int().nullable().from('Running Time min'),
  genre: t.string().nullable().from('Major Genre'),
  source: t.string().nullable().from('Source'),
  distributor: t.string().nullable().from('Distributor'),
  director: t.string().nullable().from('Director'),
  critics: t.int().nullable().from('Rotten Tomatoes Rating'),
  audience: t.float().nullable().from('IMDB Rating'),
  votes: t.int().nullable().from('IMDB Votes'),
};
export type Films = FrameOf<typeof filmSchema>;

/** The S&P 500 on the first of each month. */
export const marketSchema = {
  month: t.date({ formats: ['%b %d %Y'] }).from('date'),
  market: t.float().from('price'),
};
export type Market = FrameOf<typeof marketSchema>;

/** Who releases films, and how large they are. */
export const studioSchema = {
  distributor: t.string(),
  studio: t.string(),
  tier: t.string(),
};
export type Studios = FrameOf<typeof studioSchema>;
