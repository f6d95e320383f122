import { load, t } from 'millrace';
import { pipeline } from 'millrace/pipeline';

const schema = {
  invoice: t.string(),
  region: t.string(),
  sold_at: t.timestamp({ formats: ['%Y-%m-%d %H:%M'], timeZone: 'Europe/Berlin' }),
  amount: t.decimal(12, 2),
};

const { DATABASE_URL = '' } = process.env;

/** What was sold on a day, from the shop's file into the warehouse. */
export default pipeline(
  'daily-sales',
  { schedule: '@daily', timezone: 'Europe/Berlin', retries: 3, timeout: 600_000 },
  (p) => {
    const raw = p.step('extract', ({ read }) => read.csv('inbox/sales.csv', { schema, onBadRow: 'quarantine' }));
    const day = p.step('day', { raw }, ({ raw }, { run: { interval } }) =>
      raw.filter((r) => r.sold_at.gte(interval.from).and(r.sold_at.lt(interval.to))),
    );
    p.check('positive', { day }, async ({ day }) => (await day.filter((r) => r.amount.lte('0')).count()) === 0, {
      severity: 'warn',
    });
    p.load('warehouse', { day }, ({ day }, { loadId }) =>
      load.postgres(day, DATABASE_URL, { table: 'sales', mode: 'upsert', key: ['invoice'], loadId }),
    );
  },
);
