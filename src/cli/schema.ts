import { type SuggestOptions, suggestSchema } from '../suggest/suggest-schema.ts';
import { type Command, type ExitCode, type Output, UsageError } from './command.ts';
import { parsed } from './parsed.ts';

const HELP = `millrace schema <source> [table]

Looks at a source and prints a schema for it as TypeScript; comments say what is
unsure, and what else it could be.

  <source>       a file, several, or a glob in quotes: .csv, .json, .ndjson,
                 .jsonl, .parquet, .xlsx, also .gz and .zst; a url of CSV;
                 - for CSV on standard input; postgres://user@host/database
  [table]        with a postgres url: table or schema.table

  --format <f>   csv, json, ndjson, parquet, excel, sql: if the name says none
  --sample <n>   look at the first n rows; by default at all
  --sheet <s>    of a workbook: the sheet's name, or its position from 1
  --range <r>    of a workbook: the part of the sheet, such as B3:F200
  --records <p>  of JSON: the path of the array of records, such as data.items
  --name <n>     what the schema is called; by default schema
  --json         print everything that was found as JSON
  --help         print this

Exit codes: 0 done, 1 the source cannot be read, 2 the call was wrong.`;

const OPTIONS = {
  format: { type: 'string' },
  sample: { type: 'string' },
  sheet: { type: 'string' },
  range: { type: 'string' },
  records: { type: 'string' },
  name: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Prints a schema for a source. */
export const schemaCommand: Command = {
  name: 'schema',
  summary: 'print a schema for a file or a table',
  help: HELP,
  run,
};

async function run(args: readonly string[], output: Output): Promise<ExitCode> {
  const { values, positionals } = parsed('schema', args, OPTIONS);
  if (values.help === true) {
    output.out(`${HELP}\n`);
    return 0;
  }
  const [first, ...others] = positionals;
  if (first === undefined) throw new UsageError('schema: name a source, such as sales.csv');
  const isDatabase = /^postgres(ql)?:/i.test(first);
  const [table] = others;
  if (isDatabase && (table === undefined || others.length > 1)) {
    throw new UsageError('schema: name one table after the url, such as orders or shop.orders');
  }
  const source = isDatabase || others.length === 0 ? first : positionals;
  const suggestion = await suggestSchema(source, {
    ...optionsOf(values),
    ...(isDatabase && table !== undefined ? { table } : {}),
  });
  output.out(values.json === true ? `${JSON.stringify(suggestion, null, 2)}\n` : suggestion.source);
  return 0;
}

type Values = ReturnType<typeof parsed<typeof OPTIONS>>['values'];

function optionsOf({ format, sample, sheet, range, records, name }: Values): SuggestOptions {
  return {
    ...(format === undefined ? {} : { format: format as NonNullable<SuggestOptions['format']> }),
    ...(sample === undefined ? {} : { sample: Number(sample) }),
    ...(sheet === undefined ? {} : { sheet: /^\d+$/.test(sheet) ? Number(sheet) : sheet }),
    ...(range === undefined ? {} : { range }),
    ...(records === undefined ? {} : { records }),
    ...(name === undefined ? {} : { name }),
  };
}
