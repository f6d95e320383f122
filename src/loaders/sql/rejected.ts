import { MillraceError } from '../../errors.ts';

/** Whether an error is of what a row holds. */
export function isValueError({ code }: MillraceError): boolean {
  return /\.(value|constraint|failed)$/.test(code);
}

/** How databases name a column in what they say of a value. */
const COLUMN = [
  /column (?:[`'"][^`'"]*[`'"]\.)*[`'"]([^`'"]+)[`'"]/i,
  /constraint failed: (?:[^.,]+\.)([^,]+)$/i,
  /CONSTRAINT `(?:[^`.]+\.)?([^`]+)` failed/,
];

/** The error of a database that refused a row, with the row and, where it is told, the column. */
export function rejected(error: MillraceError, row: number, names: readonly string[]): MillraceError {
  const told = COLUMN.map((pattern) => pattern.exec(error.message.replace(/\.$/, ''))?.[1]);
  const column = told.find((name) => name !== undefined && names.includes(name));
  const place = column === undefined ? `row ${row}` : `row ${row}, column ${JSON.stringify(column)}`;
  return new MillraceError({
    code: error.code,
    message: `${error.message.replace(/\.$/, '')} (${place}). Nothing was loaded.`,
    retryable: error.retryable,
    details: { ...error.details, row, ...(column === undefined ? {} : { column }) },
    cause: error.cause,
  });
}
