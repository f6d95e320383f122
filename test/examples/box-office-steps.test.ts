import { describe, expect, it } from 'vitest';
import { addLogs, onlyKnown } from '../../examples/box-office/model.ts';
import { type Films, filmSchema, marketSchema, studioSchema } from '../../examples/box-office/schemas.ts';
import {
  addColumns,
  checkFilms,
  checkMarket,
  checkStudios,
  clean,
  countReasons,
  fillGaps,
  fixCentury,
  joinContext,
  oneRowAFilm,
  onlyReleased,
  tidyTitles,
  warnOfCheapFilms,
} from '../../examples/box-office/steps.ts';
import { type CheckWarning, read } from '../../src/index.ts';
import { expectFrame, fixture } from '../../src/testing/index.ts';

/** Films of which only what matters is told. */
function films(...told: readonly Readonly<Record<string, unknown>>[]): Films {
  const ordinary = { 'Release Date': '2001-06-15', 'Production Budget': 1e6, 'Worldwide Gross': 3e6 };
  return read.rows(
    told.map((film, i) => ({ Title: `Film ${i + 1}`, ...ordinary, ...film })),
    { schema: filmSchema },
  );
}

const market = read.rows([{ date: '2001-06-01', price: 1255.5 }], { schema: marketSchema });
const studios = read.rows([{ distributor: 'Universal', studio: 'Universal', tier: 'major' }], { schema: studioSchema });

describe('the schema of films', () => {
  const raw = fixture('films.json', filmSchema, { onBadRow: 'quarantine' });

  it('takes numbers for titles, and days as the API writes them', async () => {
    await expectFrame(raw.select('title', 'released')).toEqualRows([
      { title: 'The Land Girls', released: '1998-06-12' },
      { title: '300', released: '2007-03-09' },
    ]);
  });

  it('puts aside a film without a title, one without a gross, and one with a rating that is none', async () => {
    await expectFrame(raw.quarantine().select('line', 'column', 'value')).toEqualRows([
      { line: 3, column: 'title', value: null },
      { line: 4, column: 'worldwide_gross', value: null },
      { line: 5, column: 'rating', value: 'Open' },
    ]);
  });

  it('counts the reasons, the most common first', async () => {
    const again = fixture(
      'films.json',
      { title: filmSchema.title, rating: filmSchema.rating },
      { onBadRow: 'quarantine' },
    );
    const both = raw.quarantine().concat(again.quarantine());
    await expectFrame(countReasons(both).select('column', 'value', 'films')).toEqualRows([
      { column: 'rating', value: 'Open', films: 2 },
      { column: 'title', value: null, films: 2 },
      { column: 'worldwide_gross', value: null, films: 1 },
    ]);
  });
});

describe('cleaning', () => {
  it('puts titles in order', async () => {
    const told = ['The Helix...  Loaded', 'LÈon', 'Charge of the Light Brigade, The', ' Alien³ '];
    await expectFrame(tidyTitles(films(...told.map((Title) => ({ Title })))).select('title')).toEqualRows([
      { title: 'The Helix... Loaded' },
      { title: 'Léon' },
      { title: 'The Charge of the Light Brigade' },
      { title: 'Alien³' },
    ]);
  });

  it('moves releases of the future a century back, and no others', async () => {
    const told = ['2025-12-30', '2011-12-23', '1959-11-18'].map((day) => ({ 'Release Date': day }));
    await expectFrame(fixCentury(films(...told)).select('released')).toEqualRows([
      { released: '1925-12-30' },
      { released: '2011-12-23' },
      { released: '1959-11-18' },
    ]);
  });

  it('keeps a remake, but no film twice', async () => {
    const [first, remake] = [
      { Title: 'Hamlet', 'Release Date': '1996-12-25' },
      { Title: 'Hamlet', 'Release Date': '2000-05-12' },
    ];
    await expectFrame(oneRowAFilm(films(first, remake, first))).toHaveCount(2);
  });

  it('leaves out films without revenue', async () => {
    await expectFrame(onlyReleased(films({ 'Worldwide Gross': 0 }, { 'Worldwide Gross': 30 }))).toHaveCount(1);
  });

  it('fills gaps and says where it did', async () => {
    const filled = fillGaps(
      films(
        { 'Running Time min': 90, 'US Gross': 0, 'MPAA Rating': 'R', 'Major Genre': 'Drama' },
        { 'Running Time min': 120, 'US Gross': 5 },
        { Distributor: 'Universal' },
      ),
    );
    await expectFrame(
      filled.select('minutes', 'minutes_known', 'us_gross', 'rating', 'genre', 'distributor'),
    ).toEqualRows([
      { minutes: 90, minutes_known: true, us_gross: null, rating: 'R', genre: 'Drama', distributor: 'Unknown' },
      {
        minutes: 120,
        minutes_known: true,
        us_gross: 5,
        rating: 'Not Rated',
        genre: 'Unknown',
        distributor: 'Unknown',
      },
      {
        minutes: 105,
        minutes_known: false,
        us_gross: null,
        rating: 'Not Rated',
        genre: 'Unknown',
        distributor: 'Universal',
      },
    ]);
  });
});

describe('checking', () => {
  const tidy = (...told: readonly Readonly<Record<string, unknown>>[]) =>
    clean(films({ 'Running Time min': 100 }, ...told));

  it.each([
    ['released: between', { 'Release Date': '1905-01-01' }],
    ['critics: between', { 'Rotten Tomatoes Rating': 101 }],
    ['us_within_worldwide', { 'US Gross': 4e6 }],
  ])('stops where %s is broken', async (rule, film) => {
    await expect(checkFilms(tidy(film)).count()).rejects.toThrow(rule);
  });

  it('lets through what is not known', async () => {
    await expectFrame(checkFilms(tidy({ 'US Gross': 0, 'IMDB Rating': null }))).toHaveCount(2);
  });

  it('warns of a film that cost next to nothing, and keeps it', async () => {
    const warnings: CheckWarning[] = [];
    const told = warnOfCheapFilms(tidy({ Title: 'Tarnation', 'Production Budget': 218 }), (w) => warnings.push(w));
    await expectFrame(told).toHaveCount(2);
    expect(warnings.map(({ failures, rows }) => [failures, rows[0]?.title])).toEqual([[1, 'Tarnation']]);
  });

  it('stops where a month or a distributor stands twice', async () => {
    await expect(checkMarket(market.concat(market)).count()).rejects.toThrow('month: unique');
    await expect(checkStudios(studios.concat(studios)).count()).rejects.toThrow('distributor: unique');
  });
});

describe('adding', () => {
  const dated = addColumns(clean(films({ 'Running Time min': 100, 'US Gross': 1e6, Distributor: 'Universal' })));

  it('takes the total and the date apart', async () => {
    const added = dated.select('foreign_gross', 'year', 'decade', 'month', 'season');
    await expectFrame(added).toEqualRows([
      { foreign_gross: 2e6, year: 2001, decade: 2000, month: '2001-06-01', season: 'summer' },
    ]);
  });

  it("joins the month's market and the studio; a film that has none stays", async () => {
    const other = addColumns(clean(films({ 'Running Time min': 100, 'Release Date': '1999-01-01' })));
    const joined = joinContext(dated.concat(other), market, studios);
    await expectFrame(joined.select('market', 'studio', 'tier')).toEqualRows([
      { market: 1255.5, studio: 'Universal', tier: 'major' },
      { market: null, studio: 'independent', tier: 'independent' },
    ]);
    await expectFrame(onlyKnown(addLogs(joined)).select('year')).toEqualRows([{ year: 2001 }]);
  });
});
