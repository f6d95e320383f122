// Each step is a function from Frame to Frame: main.ts chains them, and each has its own test.
import {
  acceptedValues,
  between,
  type CheckWarning,
  type Frame,
  fn,
  type QuarantineCols,
  t,
  unique,
} from '../../src/index.ts';
import type { Films, Market, Studios } from './schemas.ts';

/** The last day that the data can know of: a release after it is one of a century before. */
export const VINTAGE = '2011-12-31';

/** Letters that were written in one character set and read in another. */
const MISREAD = {
  È: 'é',
  Ë: 'è',
  Í: 'ê',
  Î: 'ë',
  Û: 'ó',
  Ù: 'ô',
  '‡': 'à',
  '·': 'á',
  '‰': 'ä',
  '˘': 'ù',
  Ω: '½',
  Ö: '…',
};

/** Titles as they are on the poster: single blanks, no misread letters, the article in front. */
export const tidyTitles = (films: Films) =>
  films.withColumns((r) => ({
    title: Object.entries(MISREAD)
      .reduce((title, [misread, letter]) => title.replace(misread, letter), r.title.trim())
      .replaceMatches(/\s+/, ' ')
      .replaceMatches(/^(.*), The$/, 'The \\1'),
  }));

/** Years were kept with two digits: Ben-Hur of 1925 is said to come out in 2025. */
export const fixCentury = (films: Films) =>
  films.withColumns((r) => ({
    released: fn.when(r.released.gt(VINTAGE), r.released.plus(-100, 'year')).else(r.released),
  }));

/** One row a film: a remake has the title of the first, but not its day. */
export const oneRowAFilm = (films: Films) => films.dedupe({ by: ['title', 'released'] });

/** A film without revenue is not out yet, or nobody told. */
export const onlyReleased = (films: Films) => films.filter((r) => r.worldwide_gross.gt(0));

/** Labels for what is not known; the usual length of a film where its own is missing, and a mark that says so. */
export const fillGaps = (films: Films) =>
  films
    .withColumns((r) => ({ minutes_known: r.minutes.isNotNull(), us_gross: r.us_gross.nullIf(0) }))
    .impute({ minutes: 'median' })
    .fillNulls({ rating: 'Not Rated', genre: 'Unknown', source: 'Unknown', distributor: 'Unknown' });

/** All of the cleaning, in order. */
export const clean = (films: Films) =>
  films.pipe(tidyTitles).pipe(fixCentury).pipe(oneRowAFilm).pipe(onlyReleased).pipe(fillGaps);
export type CleanFilms = ReturnType<typeof clean>;

/** What must hold of the films; a broken rule stops the run. */
export const checkFilms = (films: CleanFilms) =>
  films.check(
    {
      released: between('1910-01-01', VINTAGE),
      budget: between(1, 500_000_000),
      critics: between(0, 100),
      audience: between(1, 10),
    },
    { satisfies: { us_within_worldwide: (r) => r.us_gross.isNull().or(r.us_gross.lte(r.worldwide_gross)) } },
  );

/** What is worth a second look, but no reason to stop. */
export const warnOfCheapFilms = (films: CleanFilms, onWarning: (warning: CheckWarning) => void) =>
  films.check({ budget: between(10_000, 500_000_000) }, { severity: 'warn', onWarning });

/** A month or a distributor that stood here twice would double the films that are joined to it. */
export const checkMarket = (market: Market) => market.check({ month: unique, market: between(1, 10_000) });
export const checkStudios = (studios: Studios) =>
  studios.check({ distributor: unique, tier: acceptedValues(['major', 'mini-major', 'specialty']) });

/** The total taken apart, and the parts of the date. */
export const addColumns = (films: CleanFilms) =>
  films.withColumns((r) => ({
    foreign_gross: r.worldwide_gross.sub(r.us_gross),
    year: r.released.year(),
    decade: r.released.year().div(10).floor().mul(10).cast(t.int()),
    month: r.released.truncate('month'),
    season: fn
      .when(r.released.month().in([5, 6, 7]), 'summer')
      .when(r.released.month().in([11, 12]), 'holidays')
      .else('rest of the year'),
  }));
export type DatedFilms = ReturnType<typeof addColumns>;

/** What stocks were worth in the month of release, and what kind of house released the film. */
export const joinContext = (films: DatedFilms, market: Market, studios: Studios) =>
  films
    .join(market, { on: ['month'], how: 'left' })
    .join(studios, { on: ['distributor'], how: 'left' })
    .fillNulls({ studio: 'independent', tier: 'independent' });
export type FilmsInContext = ReturnType<typeof joinContext>;

/** Why rows were put aside, the most common reason first. */
export const countReasons = (rejected: Frame<QuarantineCols>) =>
  rejected
    .groupBy('column', 'value', 'reason')
    .agg(() => ({ films: fn.count() }))
    .sort({ desc: 'films' }, 'column');
