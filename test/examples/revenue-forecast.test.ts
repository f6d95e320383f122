import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filmSchema } from '../../examples/box-office/schemas.ts';
import { compare, type Forecasts, scoreLines } from '../../examples/revenue-forecast/compare.ts';
import { prepareFilms } from '../../examples/revenue-forecast/films.ts';
import { forecastWeeks, lineSchema, weekly, withPast } from '../../examples/revenue-forecast/weeks.ts';
import { read, t } from '../../src/index.ts';
import { expectFrame } from '../../src/testing/index.ts';
import { dataFolder } from '../support/data.ts';

const line = { InvoiceNo: '1', StockCode: 'a', Quantity: 1, UnitPrice: '10', Country: 'France' };
const linesOf = (...told: readonly object[]) =>
  read.rows(
    told.map((own) => ({ ...line, ...own })),
    { schema: lineSchema },
  );

describe('weeks', () => {
  it('are from Monday to Sunday, less what was given back, each line once', async () => {
    const lines = linesOf(
      { InvoiceDate: '2011-01-03 10:00:00' },
      { InvoiceDate: '2011-01-03 10:00:00' },
      { InvoiceDate: '2011-01-09 11:00:00', StockCode: 'b', Quantity: 3 },
      { InvoiceDate: '2011-01-09 12:00:00', InvoiceNo: 'C2', Quantity: -1 },
      { InvoiceDate: '2011-01-09 13:00:00', StockCode: 'adjusted', UnitPrice: '-1000' },
      { InvoiceDate: '2011-01-10 09:00:00', Quantity: 5 },
    );
    await expectFrame(weekly(lines)).toEqualRows([
      { week: '2011-01-03', revenue: 30, days: 2 },
      { week: '2011-01-10', revenue: 50, days: 1 },
    ]);
  });

  it('know what came before them, and nothing of themselves', async () => {
    const lines = linesOf(
      ...[10, 20, 30, 40, 50, 60].map((Quantity, i) => ({
        InvoiceDate: `2011-01-${String(3 + 7 * i).padStart(2, '0')} 10:00:00`.replace('-01-38', '-02-07'),
        Quantity,
      })),
      { InvoiceDate: '2012-01-02 10:00:00', Quantity: 7 },
    );
    const known = await withPast(weekly(lines)).rows();
    expect(known.map((week) => [week.revenue, week.last, week.recent, week.at_recent_pace])).toEqual([
      [100, null, null, null],
      [200, 100, 100, 100],
      [300, 200, 150, 150],
      [400, 300, 200, 200],
      [500, 400, 250, 250],
      [600, 500, 350, 350],
      [70, 600, 450, 450],
    ]);
    expect(known.map((week) => week.year_ago)).toEqual([null, null, null, null, null, null, 100]);
  });

  it('are forecast from the weeks before: what comes later changes no forecast', async () => {
    const quantities = Array.from({ length: 30 }, (_, i) => 20 + ((i * 7) % 11) + i);
    const sold = (count: number, last = 0) =>
      withPast(
        weekly(
          linesOf(
            ...quantities.slice(0, count).map((Quantity, i) => ({
              InvoiceDate: new Date(Date.UTC(2011, 0, 3 + 7 * i, 10)).toISOString().slice(0, 19).replace('T', ' '),
              Quantity: i === count - 1 ? Quantity + last : Quantity,
            })),
          ),
        ),
      );
    const from = '2011-05-30';
    const short = await forecastWeeks(sold(24), from);
    const long = await forecastWeeks(sold(30, 1000), from);
    expect(long.model.coefficients).toEqual(short.model.coefficients);
    const before = (await long.model.predict(long.test, { as: 'p' }).rows()).slice(0, 3).map((week) => week.p);
    expect((await short.model.predict(short.test, { as: 'p' }).rows()).map((week) => week.p)).toEqual(before);
  });
});

describe('films', () => {
  it("know the distributor's last film, never their own", async () => {
    const films = read.rows(
      [
        ['One', '2001-06-01', 'A', 100],
        ['Two', '2002-06-01', 'A', 200],
        ['Three', '2003-06-01', 'B', 300],
        ['Four', '2004-06-01', 'A', 400],
      ].map(([Title, date, Distributor, gross]) => ({
        Title,
        'Release Date': date,
        Distributor,
        'Production Budget': 1000,
        'Running Time min': 100,
        'Worldwide Gross': gross,
      })),
      { schema: filmSchema },
    );
    const prepared = await prepareFilms(films).sort('released').rows();
    expect(prepared.map((film) => film.log_last && Math.round(Math.exp(film.log_last)))).toEqual([
      null,
      100,
      null,
      200,
    ]);
  });
});

describe('the comparison', () => {
  it('scores each forecast on the rows that it has an answer for, the best first', async () => {
    const forecasts = read.rows(
      [
        { forecast: 'far', actual: 10, predicted: 20 },
        { forecast: 'near', actual: 10, predicted: 9 },
        { forecast: 'near', actual: 20, predicted: 23 },
      ],
      { schema: { forecast: t.string(), actual: t.float(), predicted: t.float() } },
    ) satisfies Forecasts;
    const scores = await compare(forecasts);
    expect(scores).toEqual([
      { forecast: 'near', rows: 2, mae: 2, rmse: Math.sqrt(5), mape: 0.125 },
      { forecast: 'far', rows: 1, mae: 10, rmse: 10, mape: 1 },
    ]);
    expect(scoreLines(scores, { mae: ({ mae }) => mae.toFixed(1) }).split('\n')).toEqual([
      '  forecast                   rows         mae',
      '  near                          2         2.0',
      '  far                           1        10.0',
    ]);
  });
});

describe('the example', { timeout: 120_000 }, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-forecast-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = (data: string): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> =>
    new Promise((resolve) => {
      const env = { ...process.env, MILLRACE_DATA: data };
      const program = ['--import', 'tsx', path.resolve('examples/revenue-forecast/main.ts'), folder];
      const child = execFile(process.execPath, program, { env }, (_, output, errors) =>
        resolve({ code: child.exitCode ?? -1, output, errors }),
      );
    });
  /** The mean distance of a forecast, as the output tells it. */
  const mae = (output: string, forecast: string): number =>
    Number(new RegExp(`^ {2}${forecast} +\\d+ +([\\d.,]+)`, 'm').exec(output)?.[1]?.replaceAll(',', ''));

  it('without the shop forecasts films, better than those who do not look', async () => {
    const { code, output, errors } = await run(path.join(folder, 'nowhere'));
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain("The shop's weeks are skipped");
    expect(output).toContain('Linear regression of log_revenue on log_budget, season, genre, rating, source, year');
    expect(mae(output, 'model')).toBeLessThan(mae(output, "distributor's last film"));
    expect(mae(output, "distributor's last film")).toBeLessThan(mae(output, 'mean of the training'));
    expect((await readdir(folder)).sort()).toEqual([
      'films-coefficients.svg',
      'films-normal-quantiles.svg',
      'films-predicted-against-actual.svg',
      'films-residuals-against-fitted.svg',
    ]);
    const svg = await readFile(path.join(folder, 'films-predicted-against-actual.svg'), 'utf8');
    expect(svg.match(/ d="M[\d.]+,0A/g)).toHaveLength(520);
  });

  const data = dataFolder();
  it.skipIf(data === undefined)(
    'forecasts the weeks of the shop, better than last week and than the mean',
    async () => {
      const { code, output, errors } = await run(data ?? '');
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      const weeks = output.slice(output.indexOf('Weeks from'), output.indexOf('Films from'));
      expect(mae(weeks, 'model')).toBeLessThan(mae(weeks, 'last week'));
      expect(mae(weeks, 'last week')).toBeLessThan(mae(weeks, 'mean of the training'));
      expect(weeks).toMatch(/^ {2}same week last year +2 /m);
      // No model of so few weeks is better than the mean of the last four: said, not hidden.
      expect(mae(weeks, 'mean of four weeks')).toBeLessThan(mae(weeks, 'model'));
      expect(weeks).toMatch(/Learned anew each week, 27 weeks: mae 38,\d{3}, of the mean 69,\d{3}/);
      expect(await readdir(folder)).toContain('weeks-predicted-against-actual.svg');
    },
  );
});
