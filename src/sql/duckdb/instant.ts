/**
 * The engine's timestamps hold UTC; its timestamps with a zone are the same microseconds under another type. Its own
 * `timezone` goes by way of calendars, which takes ten times as long and is off by a millisecond in far years, but knows
 * what is infinite. The SQL that is given stands in the result three times: give a column.
 */

/** A column of timestamps with a zone, of one without. */
export function withZone(column: string): string {
  return `CASE WHEN isfinite(${column}) THEN make_timestamptz(epoch_us(${column})) ELSE timezone('UTC', ${column}) END`;
}

/** A column of timestamps in UTC, of one with a zone. */
export function withoutZone(column: string): string {
  return `CASE WHEN isfinite(${column}) THEN make_timestamp(epoch_us(${column})) ELSE timezone('UTC', ${column}) END`;
}
