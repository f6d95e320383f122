// npx tsx examples/revenue-forecast/main.ts [folder]: forecasts of a shop's weeks and of films, scored on what no model
// has seen, beside forecasts that need none; plots go to the folder. MILLRACE_DATA is the folder of online-retail-by-day.tar.gz.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type Plot, read } from '../../src/index.ts';
import { scoreLines } from './compare.ts';
import { TEST_FROM as FILMS_FROM, forecastFilms, prepareFilms, readFilms } from './films.ts';
import { forecastWeeks, lineSchema, validateWeeks, TEST_FROM as WEEKS_FROM, weekly, withPast } from './weeks.ts';

const folder = process.argv[2] ?? 'warehouse/forecast';
const data = process.env.MILLRACE_DATA || join(import.meta.dirname, '../../../shared/data');
const archive = join(data, 'online-retail-by-day.tar.gz');

const pounds = (value: number): string => Math.round(value).toLocaleString('en-US');

async function save(plots: Readonly<Record<string, Plot>>): Promise<void> {
  for (const [name, plot] of Object.entries(plots)) {
    const path = join(folder, `${name}.svg`);
    await plot.save(path);
    console.log(`  plot  ${relative('.', path)}`);
  }
}

async function forecastShop(): Promise<void> {
  const days = await mkdtemp(join(tmpdir(), 'online-retail-'));
  try {
    execFileSync('tar', ['-xzf', archive, '-C', days]);
    const lines = read.csv(join(days, 'by-day', '*.csv'), { schema: lineSchema, extraColumns: 'ignore' });
    await using weeks = await withPast(weekly(lines)).materialize();
    const { model, test, scores } = await forecastWeeks(weeks);
    console.log(String(model));
    console.log(`\nWeeks from ${WEEKS_FROM}, each forecast from the weeks before it, in pounds`);
    console.log(
      scoreLines(scores, {
        mae: ({ mae }) => pounds(mae),
        rmse: ({ rmse }) => pounds(rmse),
        mape: ({ mape }) => `${(100 * mape).toFixed(1)} %`,
      }),
    );
    const { mean, folds } = await validateWeeks(weeks);
    console.log(
      `  Learned anew each week, ${folds.length} weeks: mae ${pounds(mean.mae)}, of the mean ${pounds(mean.baseline.mae)}`,
    );
    await save({
      'weeks-predicted-against-actual': await model.plot.predictedAgainstActual(test),
      'weeks-coefficients': await model.plot.coefficients(),
    });
  } finally {
    await rm(days, { recursive: true, force: true });
  }
}

async function forecastBoxOffice(): Promise<void> {
  await using films = await prepareFilms(readFilms()).materialize();
  const { model, test, scores } = await forecastFilms(films);
  console.log(String(model));
  console.log(`\nFilms from ${FILMS_FROM}, learned from those before, in log dollars`);
  console.log(
    scoreLines(scores, {
      mae: ({ mae }) => mae.toFixed(3),
      rmse: ({ rmse }) => rmse.toFixed(3),
      // The mean distance of logarithms is a factor.
      'times off': ({ mae }) => Math.exp(mae).toFixed(1),
    }),
  );
  await save({
    'films-predicted-against-actual': await model.plot.predictedAgainstActual(test, { unseen: 'drop' }),
    'films-residuals-against-fitted': await model.plot.residualsAgainstFitted(test, { unseen: 'drop' }),
    'films-normal-quantiles': await model.plot.normalQuantiles(test, { unseen: 'drop' }),
    'films-coefficients': await model.plot.coefficients(),
  });
}

if (existsSync(archive)) await forecastShop();
else console.log(`The shop's weeks are skipped: there is no ${archive}. MILLRACE_DATA names the folder that has it.`);
console.log('');
await forecastBoxOffice();
