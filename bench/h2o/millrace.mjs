// The groupby questions in millrace, from a materialized frame to another: node h2o/millrace.mjs <file> <times | answers>
import { createSession, fn, t } from '../../dist/index.js';
import { timed } from '../median.mjs';

const questions = {
  1: (x) => x.groupBy('id1').agg((r) => ({ v1: r.v1.sum() })),
  2: (x) => x.groupBy('id1', 'id2').agg((r) => ({ v1: r.v1.sum() })),
  3: (x) => x.groupBy('id3').agg((r) => ({ v1: r.v1.sum(), v3: r.v3.mean() })),
  4: (x) => x.groupBy('id4').agg((r) => ({ v1: r.v1.mean(), v2: r.v2.mean(), v3: r.v3.mean() })),
  5: (x) => x.groupBy('id6').agg((r) => ({ v1: r.v1.sum(), v2: r.v2.sum(), v3: r.v3.sum() })),
  6: (x) => x.groupBy('id4', 'id5').agg((r) => ({ median_v3: r.v3.median(), sd_v3: r.v3.std() })),
  7: (x) =>
    x
      .groupBy('id3')
      .agg((r) => ({ max_v1: r.v1.max(), min_v2: r.v2.min() }))
      .withColumns((r) => ({ range_v1_v2: r.max_v1.sub(r.min_v2) }))
      .select('id3', 'range_v1_v2'),
  8: (x) =>
    x
      .groupBy('id6')
      .agg((r) => ({ v3: r.v3.largest(2) }))
      .explode('v3'),
  9: (x) =>
    x
      .groupBy('id2', 'id4')
      .agg((r) => ({ r: r.v1.corr(r.v2) }))
      .withColumns((r) => ({ r2: r.r.pow(2) }))
      .select('id2', 'id4', 'r2'),
  10: (x) => x.groupBy('id1', 'id2', 'id3', 'id4', 'id5', 'id6').agg((r) => ({ v3: r.v3.sum(), count: fn.count() })),
};

const schema = {
  id1: t.string(),
  id2: t.string(),
  id3: t.string(),
  id4: t.int(),
  id5: t.int(),
  id6: t.int(),
  v1: t.int(),
  v2: t.int(),
  v3: t.float(),
};

const [file, times] = process.argv.slice(2);
const session = createSession({ threads: 2 });
const x = await session.read.parquet(file, { schema }).materialize();
if (times === 'answers') {
  const answers = {};
  for (const [number, question] of Object.entries(questions)) answers[number] = await question(x).rows();
  console.log(JSON.stringify(answers));
} else {
  const tasks = Object.entries(questions).map(([number, question]) => [
    number,
    async () => {
      const answer = await question(x).materialize();
      return { rows: () => answer.count(), release: () => answer[Symbol.asyncDispose]() };
    },
  ]);
  console.log(JSON.stringify(await timed(Object.fromEntries(tasks), Number(times))));
}
await session.close();
