// npm run demo: films from an API, stocks from a CSV file and studios from a database, cleaned, loaded and learned from.
// DATABASE_URL loads to that server instead of the embedded one; MILLRACE_WAREHOUSE is the folder of all that it leaves.
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type CheckWarning, fn, load } from '../../src/index.ts';
import { addLogs, addPrediction, residuals, surestEffects, trainModel } from './model.ts';
import { plotPredictions } from './plot.ts';
import { count, progress, summary } from './report.ts';
import { serveFilms } from './server.ts';
import { FILMS_FILE, readFilms, readMarket, readStudios } from './sources.ts';
import {
  addColumns,
  checkFilms,
  checkMarket,
  checkStudios,
  clean,
  countReasons,
  joinContext,
  warnOfCheapFilms,
} from './steps.ts';
import { contentId, nameOf, openEmbedded } from './warehouse.ts';

async function main(): Promise<void> {
  const folder = process.env.MILLRACE_WAREHOUSE ?? 'warehouse';
  await mkdir(folder, { recursive: true });
  await using server = await serveFilms(FILMS_FILE);
  await using embedded = await openEmbedded(join(folder, 'postgres'));
  const url = process.env.DATABASE_URL || undefined;
  const postgres = url ?? embedded;
  progress('open', `embedded PostgreSQL in ${relative('.', join(folder, 'postgres'))}`);

  // Frames are plans: nothing is read before somebody asks.
  const films = readFilms(server.url);
  const market = readMarket();
  const studios = readStudios(embedded);
  const good = await films.count();
  progress('extract', `${count(good)} films that fit, from ${server.requests.all} requests to ${server.url}`);
  const [months, houses] = [await market.count(), await studios.count()];
  progress('extract', `${months} months of the S&P 500 from a CSV file, ${houses} distributors from a database`);

  const warnings: CheckWarning[] = [];
  const checked = checkFilms(warnOfCheapFilms(clean(films), (warning) => warnings.push(warning)));
  const context = joinContext(addColumns(checked), checkMarket(market), checkStudios(studios));
  await using tidy = await addLogs(context).materialize();
  const [known] = await tidy
    .groupBy()
    .agg((r) => ({ films: fn.count(), from: r.year.min(), to: r.year.max() }))
    .rows();
  if (known === undefined) throw new Error('an aggregate without groups gave no row');
  progress('clean', `${count(known.films)} films, each beside its month's market and its studio; every check holds`);
  for (const { rule, failures, rows } of warnings) {
    const titles = rows.slice(0, 3).map((film) => film.title);
    progress('warning', `${failures} films break the rule ${rule}, such as ${titles.join(', ')}`);
  }

  const trained = await trainModel(tidy);
  const { model, score, baseline } = trained;
  progress('model', `learned from ${count(model.n)} films, tested on ${count(score.n)}: r2 ${score.r2.toFixed(2)}`);

  const scored = addPrediction(tidy, trained);
  const loaded = await load.postgres(scored, postgres, {
    table: 'films',
    mode: 'upsert',
    key: ['title', 'released'],
    loadId: await contentId('films', scored),
    quarantineTable: 'films_rejected',
  });
  progress(
    'load',
    `postgres: ${loaded.alreadyLoaded ? 'already loaded' : `${count(loaded.rows.written)} films written`}`,
  );
  const lake = join(folder, 'films');
  const written = await load.parquet(scored, lake, { mode: 'replace', partitionBy: ['decade'] });
  progress('load', `parquet: ${count(written.rows.written)} films written, in place of what was there`);

  const tested = await residuals(trained).rows();
  const misses = tested.slice(0, 5);
  const plot = join(folder, 'predicted-against-actual.svg');
  await writeFile(plot, plotPredictions(tested, misses, `${tested.length} films that the model had not seen`));

  const reasons = await countReasons(films.quarantine()).rows();
  const quarantined = reasons.reduce((sum, reason) => sum + reason.films, 0);
  const predicted = await scored.dropNulls('predicted_revenue').count();
  console.log(
    summary({
      pages: server.requests.all - server.requests.refused,
      refused: server.requests.refused,
      reasons,
      years: [known.from ?? 0, known.to ?? 0],
      read: good + quarantined,
      quarantined,
      filtered: good - known.films,
      films: known.films,
      predicted,
      postgres: { name: url === undefined ? 'embedded PostgreSQL' : nameOf(url), report: loaded },
      parquet: { path: relative('.', lake), report: written },
      model: { trained: model.n, score, baseline, effects: surestEffects(trained, 5), misses },
      plot: relative('.', plot),
    }),
  );
}

try {
  await main();
} catch (error) {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
