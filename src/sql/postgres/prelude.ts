import { MONTHS } from '../../schema/strptime.ts';
import { quantilesOf } from './spellings.ts';

/**
 * Functions of ours that a connection has while it is in a session: what the server's own do not do, or do otherwise.
 * They stand in `pg_temp`, so that they end with the connection and need no right but that to temporary tables.
 */

const fn = (signature: string, returns: string, body: string, kind = 'IMMUTABLE STRICT'): string =>
  `CREATE OR REPLACE FUNCTION pg_temp.millrace_${signature} RETURNS ${returns} LANGUAGE sql ${kind} AS $millrace$ ${body} $millrace$`;

const plpgsql = (signature: string, returns: string, body: string, kind = 'IMMUTABLE STRICT'): string =>
  `CREATE OR REPLACE FUNCTION pg_temp.millrace_${signature} RETURNS ${returns} LANGUAGE plpgsql ${kind} AS $millrace$ ${body} $millrace$`;

const aggregate = (signature: string, parts: string): string =>
  `CREATE OR REPLACE AGGREGATE pg_temp.millrace_${signature} (${parts})`;

/** The collation that knows the letters of Unicode: the builtin one of servers from 17 on, ICU's before. */
const unicode = (version: number): string => (version >= 170000 ? 'pg_c_utf8' : 'und-x-icu');

/**
 * Arithmetic of floats that gives infinities and zeros where the server gives errors. Not strict, so that the planner
 * writes it out; what may be out of range is tried.
 */
function arithmetic(): readonly string[] {
  const far = `sign(a) * sign(b) * 'Infinity'::float8`;
  const common = 'abs(a) BETWEEN 1e-150 AND 1e150 AND abs(b) BETWEEN 1e-150 AND 1e150 OR a = 0 OR b = 0';
  const near = 'abs(a) < 8e307 AND abs(b) < 8e307';
  const operations = [
    { name: 'add', sql: 'a + b', safe: near, beyond: `sign(a) * 'Infinity'::float8` },
    { name: 'sub', sql: 'a - b', safe: near, beyond: `sign(a) * 'Infinity'::float8` },
    { name: 'mul', sql: 'a * b', safe: common, beyond: far },
    { name: 'div', sql: 'a / b', safe: common, beyond: far },
  ];
  return operations.flatMap(({ name, sql, safe, beyond }) => [
    plpgsql(
      `try_${name}(a double precision, b double precision)`,
      'double precision',
      `BEGIN RETURN ${sql}; EXCEPTION WHEN numeric_value_out_of_range THEN IF SQLERRM LIKE '%underflow%' THEN RETURN 0; END IF; RETURN ${beyond}; END`,
    ),
    fn(
      `${name}(a double precision, b double precision)`,
      'double precision',
      `SELECT CASE WHEN ${safe} THEN ${sql} ELSE pg_temp.millrace_try_${name}(a, b) END`,
      'IMMUTABLE',
    ),
  ]);
}

/** An aggregate of the central moments of its values. */
function moments(name: string, of: string): readonly string[] {
  const centred = 'SELECT x, x - avg(x) OVER () AS d FROM unnest(xs) AS x';
  const sums = `SELECT count(*)::float8 AS n, min(x) < max(x) AS differs, bool_or(x IN ('Infinity', '-Infinity', 'NaN')) AS beyond, avg(d * d) AS m2, avg(d * d * d) AS m3, avg(d * d * d * d) AS m4 FROM (${centred}) AS centred`;
  return [
    // The spread of what is not finite is out of range, as in the other engines.
    fn(
      `${name}_of(xs double precision[])`,
      'double precision',
      `SELECT CASE WHEN beyond AND n > 1 THEN exp(n * 1e5) ELSE ${of} END FROM (${sums}) AS moments`,
    ),
    aggregate(
      `${name}(double precision)`,
      `SFUNC = pg_temp.millrace_append, STYPE = double precision[], FINALFUNC = pg_temp.millrace_${name}_of, INITCOND = '{}'`,
    ),
  ];
}

/** The SQLSTATE of the errors that a plan raises by itself. */
export const RAISED = 'MR001';

/** The statements that make them, for a server of this version. */
export function prelude(version: number): readonly string[] {
  return [...values(version), ...arithmetic(), ...floats(), ...texts(version), ...times(), ...windows()];
}

/** What a plan raises, which values fit, and the lists of them. */
function values(version: number): readonly string[] {
  return [
    // Volatile, so that the planner never calls it to learn its value.
    plpgsql(
      'error(message text, value anyelement)',
      'anyelement',
      `BEGIN RAISE EXCEPTION USING ERRCODE = '${RAISED}', MESSAGE = message; END`,
      'VOLATILE',
    ),
    version >= 160000
      ? fn('fits(value text, type text)', 'boolean', 'SELECT pg_input_is_valid(value, type)', 'STABLE')
      : plpgsql(
          'fits(value text, type text)',
          'boolean',
          "BEGIN IF value IS NULL THEN RETURN NULL; END IF; EXECUTE format('SELECT CAST(%L AS %s)', value, type); RETURN true; EXCEPTION WHEN data_exception THEN RETURN false; END",
          'STABLE',
        ),
    ...['largest DESC', 'smallest ASC'].map((named) => {
      const [name, direction] = named.split(' ');
      const found = `SELECT x FROM unnest(xs) AS x ORDER BY x ${direction} LIMIT n`;
      return fn(
        `${name}(xs anyarray, n int)`,
        'anyarray',
        `SELECT array_agg(x ORDER BY x ${direction}) FROM (${found}) AS found`,
      );
    }),
    // Of a key that stands twice the first, as in the other engines; the server takes the last.
    plpgsql(
      'json_steps(x json, path text[])',
      'json',
      `DECLARE step text;
       BEGIN
         FOREACH step IN ARRAY path LOOP
           x := CASE json_typeof(x) WHEN 'object' THEN (SELECT value FROM json_each(x) WHERE key = step LIMIT 1)
             WHEN 'array' THEN CASE WHEN step ~ '^(0|[1-9]\\d{0,8})$' THEN x -> step::int END END;
         END LOOP;
         RETURN x;
       END`,
    ),
    fn(
      'json_at(x json, path text[])',
      'json',
      `SELECT CASE WHEN ${version >= 160000 ? 'x IS JSON WITH UNIQUE KEYS' : 'false'} THEN x #> path ELSE pg_temp.millrace_json_steps(x, path) END`,
      'IMMUTABLE',
    ),
    // JSON without blanks, its keys in the order in which they stand.
    fn(
      'json_text(x jsonb)',
      'text',
      `SELECT CASE jsonb_typeof(x)
         WHEN 'array' THEN '[' || coalesce((SELECT string_agg(pg_temp.millrace_json_text(v), ',' ORDER BY i) FROM jsonb_array_elements(x) WITH ORDINALITY AS e(v, i)), '') || ']'
         WHEN 'object' THEN '{' || coalesce((SELECT string_agg(to_json(k)::text || ':' || pg_temp.millrace_json_text(v), ',' ORDER BY i) FROM jsonb_each(x) WITH ORDINALITY AS e(k, v, i)), '') || '}'
         ELSE x::text END`,
    ),
  ];
}

/** Floats, in the engine's ways. */
function floats(): readonly string[] {
  return [
    fn(
      'float_text(x double precision)',
      'text',
      `SELECT CASE WHEN x = 'Infinity' THEN 'inf' WHEN x = '-Infinity' THEN '-inf' WHEN x = 'NaN' THEN 'nan'
         WHEN s ~ '[.e]' THEN s ELSE s || '.0' END
       FROM (SELECT CASE WHEN x::text LIKE '%e+15' THEN x::text::numeric::text ELSE x::text END AS s) AS shown`,
    ),
    // Half away from zero.
    fn(
      'whole(x double precision)',
      'double precision',
      'SELECT CASE WHEN abs(x - trunc(x)) >= 0.5 THEN trunc(x) + sign(x) ELSE trunc(x) END',
    ),
    fn(
      'round(x double precision, digits int)',
      'double precision',
      `SELECT CASE WHEN x IN ('Infinity', '-Infinity', 'NaN') THEN CASE WHEN digits < 0 THEN 0 ELSE x END
         WHEN digits < 0 THEN pg_temp.millrace_whole(x / power(10::float8, -digits)) * power(10::float8, -digits)
         WHEN abs(x) > 1e290 THEN x
         ELSE pg_temp.millrace_whole(x * power(10::float8, digits)) / power(10::float8, digits) END`,
    ),
    // A whole number exactly, others by their shortest text; what is no number is out of range.
    fn(
      'decimal(x double precision)',
      'numeric',
      `SELECT CASE WHEN abs(x) BETWEEN 9007199254740992 AND 1e38
         THEN trunc(x / h)::bigint::numeric * 18446744073709551616 + ((x - trunc(x / h) * h) / 2)::bigint::numeric * 2
         ELSE replace(x::text, 'NaN', 'Infinity')::numeric END FROM (SELECT 18446744073709551616::float8 AS h) AS high`,
    ),
    fn(
      'exp(x double precision)',
      'double precision',
      `SELECT CASE WHEN x = 'NaN' THEN x WHEN x > 709.782712893384 THEN 'Infinity' WHEN x < -745.2 THEN 0 WHEN x < -708.3 THEN exp(x / 2) * exp(x / 2) ELSE exp(x) END`,
    ),
    fn(
      'pow(a double precision, b double precision)',
      'double precision',
      `SELECT CASE WHEN a = 1 OR b = 0 THEN 1 WHEN a = 'NaN' OR b = 'NaN' THEN 'NaN'
         WHEN a = 0 AND b < 0 THEN CASE WHEN a::text = '-0' AND b = trunc(b) AND trunc(b / 2) * 2 <> b THEN '-Infinity'::float8 ELSE 'Infinity' END
         WHEN a = '-Infinity' AND b <> trunc(b) THEN power(-a, b)
         WHEN a = 0 OR a IN ('Infinity', '-Infinity') OR b IN ('Infinity', '-Infinity') THEN power(a, b)
         WHEN a < 0 AND b <> trunc(b) THEN 'NaN'
         WHEN b * ln(abs(a)) > 709.782712893384 THEN CASE WHEN a < 0 AND trunc(b / 2) * 2 <> b THEN '-Infinity'::float8 ELSE 'Infinity' END
         WHEN b * ln(abs(a)) < -745.2 THEN 0
         ELSE power(a, b) END`,
    ),
    // The lower half of the hash, its bytes the other way round, and of it the upper 53 bits.
    fn(
      'share(x text)',
      'double precision',
      `SELECT (('x' || substr(h, 31, 2) || substr(h, 29, 2) || substr(h, 27, 2) || substr(h, 25, 2) || substr(h, 23, 2)
         || substr(h, 21, 2) || substr(h, 19, 2) || substr(h, 17, 2))::bit(64) >> 11)::bigint / 9007199254740992.0::float8
       FROM (SELECT md5(convert_to(x, 'UTF8')) AS h) AS hashed`,
    ),
  ];
}

/** Letters, and the digits and marks of which that collation does not know that they are some. */
const WORD =
  '[:alnum:]\\00B2\\00B3\\00B9\\00BC-\\00BE\\0300-\\036F\\0483-\\0489\\0660-\\0669\\06F0-\\06F9\\2070-\\2079\\2080-\\2089\\20D0-\\20F0\\2150-\\218B\\2460-\\24FF\\FF10-\\FF19]+';

/** Letters, by the collation that knows those of Unicode. */
function texts(version: number): readonly string[] {
  return [
    fn('lower(x text)', 'text', `SELECT lower(x COLLATE "${unicode(version)}")`),
    // Which knows no capital of this one letter.
    fn('upper(x text)', 'text', `SELECT replace(upper(x COLLATE "${unicode(version)}"), 'ß', 'ẞ')`),
    fn(
      'title(x text)',
      'text',
      `SELECT coalesce(string_agg(pg_temp.millrace_upper(left(word[1], 1)) || substr(word[1], 2), '' ORDER BY i), '')
       FROM regexp_matches(pg_temp.millrace_lower(x) COLLATE "${unicode(version)}", U&'[${WORD}|[^${WORD}', 'g') WITH ORDINALITY AS words(word, i)`,
    ),
    fn(
      'strip_accents(x text)',
      'text',
      // Marks of Latin, Greek, Cyrillic, Hebrew and Arabic, and those of all.
      "SELECT normalize(regexp_replace(normalize(x, NFD), U&'[\\0300-\\036F\\0483-\\0489\\0591-\\05BD\\0610-\\061A\\064B-\\065F\\1AB0-\\1ACE\\1DC0-\\1DFF\\20D0-\\20F0\\FE20-\\FE2F]', '', 'g'), NFC)",
    ),
  ];
}

/** Whole months, and instants by their parts. */
function times(): readonly string[] {
  return [
    // Whole months from one timestamp to another, towards zero; the last day of a month ends it.
    plpgsql(
      'months(a timestamp, b timestamp)',
      'numeric',
      `DECLARE n numeric;
       BEGIN
         IF b < a THEN RETURN -pg_temp.millrace_months(b, a); END IF;
         n := (extract(year FROM b + INTERVAL '4800 years') - extract(year FROM a + INTERVAL '4800 years')) * 12 + extract(month FROM b) - extract(month FROM a);
         IF a + make_interval(months => n::int) > b THEN n := n - 1; END IF;
         RETURN n;
       END`,
      'STABLE STRICT',
    ),
    // Years of the server's go from -1 to 1; 4800 of them later everything else is the same.
    fn('year(y numeric)', 'text', "SELECT to_char(y, CASE WHEN y < 0 THEN 'FM9999' ELSE 'FM0999' END)"),
    fn(
      'format(x timestamp, template text)',
      'text',
      `SELECT CASE WHEN x >= '0001-01-01' THEN to_char(x, template) ELSE
         (SELECT to_char(later, replace(replace(replace(template, 'IYYY', pg_temp.millrace_year(extract(isoyear FROM later) - 4800)),
           'YYYY', pg_temp.millrace_year(y)), 'YY', to_char(abs(y) % 100, 'FM00')))
          FROM (SELECT later, extract(year FROM later) - 4800 AS y FROM (SELECT x + INTERVAL '4800 years' AS later) AS moved) AS counted) END`,
    ),
    // An instant of the parts that a format names; null where they are none.
    plpgsql(
      'parts(names text, parts text[])',
      'timestamp',
      `DECLARE y int := 1900; mo int := 1; d int := 1; h int := 0; mi int := 0; s int := 0; us int := 0; j int; noon text; zone text; i int;
       BEGIN
         FOR i IN 1..length(names) LOOP
           CASE substr(names, i, 1)
             WHEN 'Y' THEN y := parts[i]::int;
             WHEN 'y' THEN y := parts[i]::int + CASE WHEN parts[i]::int >= 69 THEN 1900 ELSE 2000 END;
             WHEN 'm' THEN mo := parts[i]::int;
             WHEN 'd' THEN d := parts[i]::int;
             WHEN 'H' THEN h := parts[i]::int;
             WHEN 'I' THEN h := parts[i]::int; IF h < 1 OR h > 12 THEN RETURN NULL; END IF; h := h % 12;
             WHEN 'M' THEN mi := parts[i]::int;
             WHEN 'S' THEN s := parts[i]::int;
             WHEN 'f' THEN us := rpad(parts[i], 6, '0')::int;
             WHEN 'j' THEN j := parts[i]::int;
             WHEN 'p' THEN noon := lower(parts[i]);
             WHEN 'b', 'B' THEN mo := coalesce(array_position('{${MONTHS}}', lower(parts[i])), array_position('{${MONTHS.map((name) => name.slice(0, 3))}}', lower(parts[i])));
             WHEN 'z' THEN zone := replace(parts[i], ':', '');
             WHEN 'a', 'A' THEN NULL;
           END CASE;
         END LOOP;
         IF noon = 'pm' THEN h := h + 12; END IF;
         IF mo IS NULL OR h > 23 OR mi > 59 OR s > 59 OR y < 1 THEN RETURN NULL; END IF;
         IF NOT pg_temp.millrace_fits(lpad(y::text, 4, '0') || '-' || mo || '-' || d, 'date') THEN RETURN NULL; END IF;
         IF j IS NOT NULL THEN
           IF j < 1 OR j > 366 OR extract(year FROM make_date(y, 1, 1) + (j - 1)) <> y THEN RETURN NULL; END IF;
           mo := extract(month FROM make_date(y, 1, 1) + (j - 1)); d := extract(day FROM make_date(y, 1, 1) + (j - 1));
         END IF;
         RETURN make_date(y, mo, d)::timestamp + make_interval(hours => h, mins => mi, secs => s) + us * INTERVAL '1 microsecond'
           - CASE WHEN zone IS NULL THEN INTERVAL '0' ELSE make_interval(hours => substr(zone, 1, 3)::int, mins => (left(zone, 1) || coalesce(nullif(substr(zone, 4, 2), ''), '0'))::int) END;
       END`,
      'STABLE STRICT',
    ),
  ];
}

/** Aggregates over windows, where the server's own cannot stand. */
function windows(): readonly string[] {
  return [
    fn('keep(state anyelement, x anyelement)', 'anyelement', 'SELECT state'),
    fn('take(state anyelement, x anyelement)', 'anyelement', 'SELECT x'),
    aggregate('first(anyelement)', 'SFUNC = pg_temp.millrace_keep, STYPE = anyelement'),
    aggregate('last(anyelement)', 'SFUNC = pg_temp.millrace_take, STYPE = anyelement'),
    fn('append(xs anyarray, x anyelement)', 'anyarray', 'SELECT array_append(xs, x)'),
    fn('distinct(xs text[])', 'bigint', 'SELECT count(DISTINCT x) FROM unnest(xs) AS x'),
    aggregate(
      'count_distinct(text)',
      "SFUNC = pg_temp.millrace_append, STYPE = text[], FINALFUNC = pg_temp.millrace_distinct, INITCOND = '{}'",
    ),
    fn(
      'gather(xs double precision[], x double precision, share double precision)',
      'double precision[]',
      "SELECT CASE WHEN xs = '{}' THEN ARRAY[share, x] ELSE array_append(xs, x) END",
    ),
    // The server's own is NaN from an infinity on, and between two: told by where they end among the ordered values.
    fn(
      'quantiles(found double precision[], shares double precision[], n bigint, low bigint, finite bigint, numbers bigint)',
      'double precision[]',
      `SELECT array_agg(CASE WHEN floor(at) < low AND ceil(at) < finite THEN '-Infinity'
         WHEN floor(at) >= finite AND ceil(at) < numbers THEN 'Infinity' ELSE q END ORDER BY i)
       FROM (SELECT q, i, shares[i] * (n - 1) AS at FROM unnest(found) WITH ORDINALITY AS f(q, i)) AS places`,
    ),
    fn(
      'quantile_of(xs double precision[])',
      'double precision',
      `SELECT (${quantilesOf('x', 'xs[1:1]')})[1] FROM unnest(xs[2:]) AS x`,
    ),
    aggregate(
      'quantile(double precision, double precision)',
      "SFUNC = pg_temp.millrace_gather, STYPE = double precision[], FINALFUNC = pg_temp.millrace_quantile_of, INITCOND = '{}'",
    ),
    ...moments(
      'skewness',
      `CASE WHEN n > 2 AND differs AND m2 > 0 THEN sqrt(n * (n - 1)) / (n - 2) * m3 / power(m2, 1.5) END`,
    ),
    ...moments(
      'kurtosis',
      `CASE WHEN n > 3 AND differs AND m2 > 0 THEN (n - 1) * ((n + 1) * m4 / (m2 * m2) - 3 * (n - 1)) / ((n - 2) * (n - 3)) END`,
    ),
    // Strict, so that the first value that is not null is what the product starts with.
    fn('times(a double precision, b double precision)', 'double precision', 'SELECT pg_temp.millrace_mul(a, b)'),
    aggregate('product(double precision)', 'SFUNC = pg_temp.millrace_times, STYPE = double precision'),
    fn('mode_of(xs anyarray)', 'anyelement', 'SELECT mode() WITHIN GROUP (ORDER BY x) FROM unnest(xs) AS x'),
    aggregate(
      'mode(anyelement)',
      "SFUNC = pg_temp.millrace_append, STYPE = anyarray, FINALFUNC = pg_temp.millrace_mode_of, INITCOND = '{}'",
    ),
  ];
}
