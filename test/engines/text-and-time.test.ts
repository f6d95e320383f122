import { afterAll, beforeAll, it } from 'vitest';
import { fn, type Readers, t } from '../../src/index.ts';
import { type AnyFrame, expectAgreement, type Running, startEngines } from './engines.ts';

/* Texts and times at their edges: the same on every engine. */

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

const texts = (read: Readers) =>
  read.rows(
    [
      '',
      ' ',
      '\t a \n\u00A0 b\u3000c\u2028',
      "o'NEIL de la-CRUZ 3RD_x",
      'École ÉTÉ cafe\u0301s ñandú ø ß ŻÓŁĆ',
      'ждан ΑΘΗΝΑ',
      '😀a😀,b,,c',
      'a.b|c*d',
      'me@mail.example.org',
      'a@b..co',
      'HTTPS://example.org:8080/p?q#f',
      'http://-a.de',
      '+4930123456',
      '+0123',
      '4111111111111111',
      '$1,234.50',
      '($7)',
      '-$5',
      '12.5 %',
      '0.01%',
      null,
    ].map((x, i) => ({ i, x })),
    { schema: { i: t.int(), x: t.string().nullable() } },
  );

const times = (read: Readers) =>
  read.rows(
    [
      ['0001-01-01', '0001-01-01T00:00:00Z'],
      ['1582-10-15', '1899-12-31T23:59:59.999Z'],
      ['1969-12-31', '1969-12-31T23:59:59.5Z'],
      ['2004-02-29', '2024-03-31T00:59:59.999Z'],
      ['2021-01-03', '2024-03-31T01:00:00Z'],
      ['2024-12-30', '2024-10-27T00:30:00Z'],
      ['2024-01-31', '2024-10-27T01:30:00.001Z'],
      ['9999-12-31', '9999-12-30T12:00:00Z'],
      [null, null],
    ].map(([d, at], i) => ({ i, d: d ?? null, at: at === null || at === undefined ? null : new Date(at) })),
    { schema: { i: t.int(), d: t.date().nullable(), at: t.timestamp().nullable() } },
  );

const zone = { timeZone: 'Europe/Berlin' };

const cases: Readonly<Record<string, (read: Readers) => AnyFrame>> = {
  'texts cleaned': (read) =>
    texts(read).withColumns((r) => ({
      squish: r.x.squish(),
      title: r.x.title(),
      accents: r.x.stripAccents(),
      form: r.x.normalize('NFC'),
      start: r.x.padStart(6, 'ab'),
      end: r.x.padEnd(6, '😀'),
      twice: r.x.repeat(2),
      digits: r.x.digitsOnly(),
      parts: r.x.split(','),
      dots: r.x.split('.'),
      position: r.x.indexOf('b'),
    })) as AnyFrame,
  'texts told apart and hidden': (read) =>
    texts(read).withColumns((r) => ({
      email: r.x.isEmail(),
      url: r.x.isUrl(),
      phone: r.x.isPhone(),
      plain: r.x.sha256(),
      keyed: r.x.sha256({ key: 'clé' }),
      gone: r.x.redact('x'),
      last: r.x.keepLast(4),
      none: r.x.keepLast(0, { mask: '·' }),
    })) as AnyFrame,
  'amounts read': (read) =>
    texts(read).withColumns((r) => ({
      money: r.x.parse(t.decimal(10, 2, { currency: '$', thousands: ',', parentheses: true }), { onError: 'null' }),
      share: r.x.parse(t.decimal(8, 4, { percent: true }), { onError: 'null' }),
    })) as AnyFrame,
  'parts of times': (read) =>
    times(read).withColumns((r) => ({
      week: r.d.week(),
      year: r.d.isoYear(),
      day: r.d.dayOfYear(),
      there: r.at.week(zone),
      hour: r.at.hour(zone),
      second: r.at.second(),
      epoch: r.at.epoch(),
      ms: r.at.epoch('millisecond'),
      days: r.d.epoch(),
      back: fn.fromEpoch(r.at.epoch('millisecond'), 'millisecond'),
      text: r.at.format('%G-W%V-%u %d.%m.%Y %I:%M:%S.%f %p, %A %B', zone),
      iso: r.d.format('%Y-%m-%d (%j) %a %b %y %%'),
    })) as AnyFrame,
  'times reckoned with': (read) =>
    times(read)
      .filter((r) => r.d.between('1000-01-01', '9000-01-01').or(r.d.isNull()))
      .withColumns((r) => ({
        month: r.d.endOf('month'),
        week: r.d.endOf('week'),
        quarter: r.at.endOf('quarter', zone),
        day: r.at.endOf('day', zone),
        later: r.d.plus(r.i, 'month'),
        before: r.d.plus(-13, 'month'),
        hours: r.at.plus(r.i, 'hour'),
        age: r.d.diff('1980-02-29', 'year', { whole: true }),
        months: r.d.diff('2010-08-31', 'month', { whole: true }),
        turns: r.d.diff('2010-08-31', 'quarter'),
        weeks: r.d.diff('2010-08-31', 'week'),
        local: r.at.diff('2024-03-30T23:30:00Z', 'day', zone),
        whole: r.at.diff('2024-03-30T23:30:00Z', 'day', { whole: true }),
        made: fn.date(r.d.year(), 2, r.i.add(25), { onError: 'null' }),
      })) as AnyFrame,
};

it.each(Object.entries(cases))('%s', (_, build) => expectAgreement(running, build));
