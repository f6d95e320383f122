import { type KnexClient, lend } from '../../knex/client.ts';
import { driverError, type ErrorTable } from '../../knex/errors.ts';
import { copyLines } from './copy-text.ts';
import { dtypeOf, type MssqlColumn, mssqlColumn, sentAs, wire } from './mssql-types.ts';
import { CALLER, type SqlServer, type ValueWire } from './server.ts';

/** The driver `tedious` and its parts, as far as they are used here. */
interface Tedious {
  readonly Request: new (sql: string, done: (error: Error | null | undefined) => void) => TediousRequest;
  readonly TYPES: Readonly<Record<string, unknown>>;
}

interface TediousRequest {
  addParameter(name: string, type: unknown, value: unknown, options?: object): void;
  on(event: 'row', heard: (columns: readonly { readonly value: unknown }[]) => void): void;
  pause(): void;
  resume(): void;
}

interface Connection {
  readonly config?: { readonly options?: { readonly useUTC?: boolean } };
  execSql(request: TediousRequest): void;
  cancel(): boolean;
  beginTransaction(done: (error: Error | null | undefined) => void): void;
  rollbackTransaction(done: (error: Error | null | undefined) => void): void;
  close(): void;
  on(event: 'end' | 'error', heard: (error?: Error) => void): void;
  off(event: 'end' | 'error', heard: (error?: Error) => void): void;
}

/** A value with the driver's and the server's names of its type. */
export interface Bound {
  readonly name: string;
  readonly type: string;
  readonly declared: string;
  readonly value: unknown;
}

const ERRORS: ErrorTable = {
  area: 'mssql',
  title: 'the server',
  codes: [
    [/^(ESOCKET|ECONN.*|ETIMEOUT|ENOTOPEN|EINVALIDSTATE|EINSTLOOKUP)$/, 'mssql.connection_lost'],
    [/^(ELOGIN|18456|4060)$/, 'mssql.authentication'],
    [/^(ECANCEL)$/, 'mssql.cancelled'],
    [/^(1205|1222|3960)$/, 'mssql.conflict'],
    [/^(10928|10929|40501|701)$/, 'mssql.resources'],
    [/^(8115|8134|220|245|241|242|8114)$/, 'mssql.value'],
    [/^(102|156|207|208|229|2812|4104|8180|11501|11514)$/, 'mssql.statement'],
  ],
};

/** SQL Server, over `tedious`: what a statement writes is rolled back. */
export function mssqlServer(client: KnexClient): SqlServer<MssqlColumn, ValueWire> {
  const driver = client.driver as Tedious;
  // How its Dates come stands in the connection's settings, which are looked at before any column is.
  let useUTC = true;
  return {
    dtypeOf,
    wire: (column, dtype, format) => wire(column, dtype, format, useUTC),
    open: (request, { signal }, task) => {
      signal?.throwIfAborted();
      return lend(
        client,
        (error) => driverError(error, ERRORS, { caller: CALLER, what: 'cannot be reached' }),
        async (lent) => {
          const connection = lent as Connection;
          useUTC = connection.config?.options?.useUTC !== false;
          const abort = (): void => void connection.cancel();
          signal?.addEventListener('abort', abort, { once: true });
          let done = false;
          try {
            signal?.throwIfAborted();
            const values = request.values.map(bound);
            const ask = (sql: string, given: readonly Bound[]): AsyncGenerator<readonly (readonly unknown[])[]> =>
              rowsOf(driver, connection, sql, given);
            await finished((heard) => connection.beginTransaction(heard));
            const columns: MssqlColumn[] = [];
            for await (const rows of ask(DESCRIBE, texts(request.sql, declarations(values)))) {
              for (const [, , name, , , written] of rows)
                columns.push(mssqlColumn(String(name ?? ''), String(written)));
            }
            const result = await task({
              columns: async () => columns,
              copyText: (wires) => {
                const given = [...texts(request.sql, declarations(values)), ...values];
                const at = wires.map(({ server }) => columns.findIndex(({ name }) => name === server.name));
                const picked = wires.map(({ wire: { text } }) => text);
                return copyLines(pick(ask(execution(columns, values), given), at), picked);
              },
            });
            signal?.throwIfAborted();
            await finished((heard) => connection.rollbackTransaction(heard));
            done = true;
            return result;
          } catch (error) {
            signal?.throwIfAborted();
            throw driverError(error, ERRORS, { caller: CALLER });
          } finally {
            signal?.removeEventListener('abort', abort);
            // Rows may still be on their way; the server rolls back what a lost connection began.
            if (!done) connection.close();
          }
        },
      );
    },
  };
}

const DESCRIBE = 'EXEC sp_describe_first_result_set @millrace_sql, @millrace_parameters';

/** The statement, and what it calls its values. */
function texts(sql: string, parameters: string): Bound[] {
  const type = { type: 'NVarChar', declared: 'nvarchar(max)' };
  return [
    { ...type, name: 'millrace_sql', value: sql },
    { ...type, name: 'millrace_parameters', value: parameters },
  ];
}

export function declarations(values: readonly Bound[]): string {
  return values.map(({ name, declared }) => `@${name} ${declared}`).join(', ');
}

/** Runs the statement with its values, each column in the type that it is to be sent as. */
export function execution(columns: readonly MssqlColumn[], values: readonly Bound[]): string {
  const given = values.map(({ name }) => `, @${name}`).join('');
  const types = columns.map((column, i) => `c${i} ${sentAs(column)}`).join(', ');
  return `EXEC sp_executesql @millrace_sql, @millrace_parameters${given} WITH RESULT SETS ((${types}))`;
}

/** A value by the name that Knex gives it, `@p0`, `@p1`, .. */
export function bound(value: unknown, i: number): Bound {
  const name = `p${i}`;
  switch (typeof value) {
    case 'boolean':
      return { name, type: 'Bit', declared: 'bit', value };
    case 'bigint':
      return { name, type: 'BigInt', declared: 'bigint', value: value.toString() };
    case 'number':
      if (!Number.isSafeInteger(value)) return { name, type: 'Float', declared: 'float', value };
      return { name, type: 'BigInt', declared: 'bigint', value };
    default:
      if (value instanceof Date) {
        // An instant with its zone, which no setting of the driver shifts.
        const text = value.toISOString().replace('Z', '+00:00');
        return { name, type: 'NVarChar', declared: 'datetimeoffset(7)', value: text };
      }
      if (value instanceof Uint8Array) {
        return { name, type: 'VarBinary', declared: 'varbinary(max)', value: Buffer.from(value) };
      }
      return { name, type: 'NVarChar', declared: 'nvarchar(max)', value };
  }
}

async function* pick(
  batches: AsyncIterable<readonly (readonly unknown[])[]>,
  at: readonly number[],
): AsyncGenerator<readonly (readonly unknown[])[]> {
  for await (const rows of batches) yield rows.map((row) => at.map((i) => row[i]));
}

/** How many rows are held before the server has to wait. */
const ROWS = 512;

/** The rows of a statement, part by part. */
async function* rowsOf(
  { Request, TYPES }: Tedious,
  connection: Connection,
  sql: string,
  values: readonly Bound[],
): AsyncGenerator<readonly (readonly unknown[])[]> {
  let rows: unknown[][] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake: () => void = () => {};
  const fail = (error?: Error): void => {
    failure ??= error ?? Object.assign(new Error('the connection was closed'), { code: 'ESOCKET' });
    wake();
  };
  const request = new Request(sql, (error) => {
    if (error != null) return fail(error);
    ended = true;
    wake();
  });
  for (const { name, type, value } of values) request.addParameter(name, TYPES[type], value, { length: Infinity });
  request.on('row', (columns) => {
    if (rows.push(columns.map(({ value }) => value)) < ROWS) return;
    request.pause();
    wake();
  });
  connection.on('error', fail);
  connection.on('end', fail);
  try {
    connection.execSql(request);
    for (;;) {
      if (failure === undefined && !ended && rows.length < ROWS) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (failure !== undefined) throw failure;
      const part = rows;
      rows = [];
      if (part.length > 0) yield part;
      if (ended && rows.length === 0) return;
      request.resume();
    }
  } finally {
    connection.off('error', fail);
    connection.off('end', fail);
  }
}

function finished(start: (heard: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error == null ? resolve() : reject(error)));
  });
}
