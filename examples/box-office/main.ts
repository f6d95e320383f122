// npm run demo: films from an API, stocks from a CSV file and studios from a database, cleaned, loaded and learned from.
// DATABASE_URL loads to that server instead of the embedded one; MILLRACE_WAREHOUSE is the folder of all that it leaves.
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type CheckWarning, fn, load, Model } from '../../src/index.ts';
import { openRunStore, pipeline, type RunEvent, runPipeline } from '../../src/pipeline/index.ts';
import { addLogs, addPrediction, residuals, surestEffects, trainModel } from './model.ts';
import { plotPredictions } from './plot.ts';
import { count, progress, summary } from './report.ts';
import { serveFilms } from './server.ts';
import { FILMS_FILE, readFilms, readMarket, readStudios } from './sources.ts';
import * as steps from './steps.ts';
import { nameOf, openEmbedded } from './warehouse.ts';

const folder = process.env.MILLRACE_WAREHOUSE ?? 'warehouse';

async function main(): Promise<void> {
  await using store = await openRunStore(join(folder, 'runs.db'));
  await using server = await serveFilms(FILMS_FILE);
  await using embedded = await openEmbedded(join(folder, 'postgres'));
  const url = process.env.DATABASE_URL || undefined;

  const boxOffice = pipeline('box-office', {}, (p) => {
    const films = p.step('films', ({ read }) => readFilms(read, server.url));
    const market = p.step('market', ({ read }) => steps.checkMarket(readMarket(read)));
    const studios = p.step('studios', ({ read }) => steps.checkStudios(readStudios(read, embedded)));
    const tidy = p.step('clean', { films, market, studios }, ({ films, market, studios }, { log }) => {
      const warn = ({ rule, failures, rows: [film] }: CheckWarning): void =>
        log.warn(`${failures} films break the rule ${rule}, such as ${film?.title}`);
      const checked = steps.checkFilms(steps.warnOfCheapFilms(steps.clean(films), warn));
      return addLogs(steps.joinContext(steps.addColumns(checked), market, studios));
    });
    const trained = p.step('model', { tidy }, ({ tidy }) => trainModel(tidy));
    const scored = p.step('predict', { tidy, trained }, ({ tidy, trained }) => addPrediction(tidy, trained));
    const tested = p.step('test', { tidy, trained }, ({ tidy, trained }) => residuals(tidy, trained));

    const postgres = p.load('postgres', { scored }, ({ scored }, { loadId }) => {
      const table = { table: 'films', quarantineTable: 'films_rejected' } as const;
      return load.postgres(scored, url ?? embedded, { ...table, mode: 'upsert', key: ['title', 'released'], loadId });
    });
    const lake = join(folder, 'films');
    const parquet = p.load('parquet', { scored }, ({ scored }) =>
      load.parquet(scored, lake, { mode: 'replace', partitionBy: ['decade'] }),
    );

    p.task('tell', { films, scored, trained, tested, postgres, parquet }, async (given) => {
      const { films, scored, trained, postgres, parquet } = given;
      const tested = await given.tested.rows();
      const misses = tested.slice(0, 5);
      const plot = join(folder, 'predicted-against-actual.svg');
      await writeFile(plot, plotPredictions(tested, misses, `${tested.length} films that the model had not seen`));
      const [known] = await scored
        .groupBy()
        .agg((r) => ({
          films: fn.count(),
          from: r.year.min(),
          to: r.year.max(),
          predicted: r.predicted_revenue.count(),
        }))
        .rows();
      const reasons = await steps.countReasons(films.quarantine()).rows();
      const quarantined = reasons.reduce((sum, reason) => sum + reason.films, 0);
      const good = await films.count();
      const { films: clean = 0, from, to, predicted = 0 } = known ?? {};
      console.log(
        summary({
          ...{ pages: server.requests.all - server.requests.refused, refused: server.requests.refused },
          ...{ read: good + quarantined, quarantined, reasons, filtered: good - clean, films: clean, predicted },
          years: [from ?? 0, to ?? 0],
          postgres: { name: url === undefined ? 'embedded PostgreSQL' : nameOf(url), report: postgres },
          parquet: { path: relative('.', lake), report: parquet },
          model: {
            trained: trained.model.n,
            ...trained,
            effects: surestEffects(Model.fromJSON(trained.model), 5),
            misses,
          },
          plot: relative('.', plot),
        }),
      );
    });
  });

  // What is known of films ends with the vintage: a run of the same time loads nothing twice.
  const interval = { from: new Date('1900-01-01'), to: new Date(steps.VINTAGE) };
  (await runPipeline(boxOffice, { store, interval, onEvent: tell })).orThrow();
}

function tell(event: RunEvent): void {
  if (event.type === 'log') progress('warning', event.message);
  if (event.type === 'step.finished') progress(event.step, `${event.state}, ${count(event.rows.out)} rows`);
}

try {
  await main();
} catch (error) {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
