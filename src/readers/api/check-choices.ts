import { isRecord } from '../../frame/arguments.ts';
import { checkOptionNames, type OptionKinds, type OptionNames } from '../../option-names.ts';
import type { Auth } from './auth.ts';
import { RETRY_OPTIONS } from './http.ts';
import { kindOf } from './json-path.ts';
import { PAGINATE_OPTIONS } from './paginate.ts';
import { invalid, positive } from './request.ts';
import { RESUME_OPTIONS } from './stored-pages.ts';

type Fields = Readonly<Record<string, unknown>>;
type Nested = 'auth' | 'errorAt' | 'paginate' | 'records' | 'resume' | 'retry' | 'validate';

const AUTH_OPTIONS: OptionNames<Auth> = {
  kind: true,
  token: true,
  username: 'text',
  password: true,
  name: 'text',
  value: true,
  in: true,
};
const BUDGET_OPTIONS = { retries: true, wait: true };
/** Words that options of paginate may be. */
const CHOICES = { in: ['query', 'body'], repeatedPages: ['fail', 'accept'], unevenPages: ['fail', 'accept'] };
const UNTIL_OPTIONS = { totalPages: true, totalRecords: true, more: true };

/** Refuses what stands inside options and is none of the choices, where JavaScript lets it through. */
export function checkChoices(options: { readonly [O in Nested]?: unknown }): void {
  const { auth, errorAt = false, paginate, records = '', resume, retry, validate } = options;
  checkText('records', records, 'a path');
  if (errorAt !== false) checkText('errorAt', errorAt, 'a path, or false');
  if (retry !== undefined) {
    const { budget = {} } = fieldsOf('retry', retry, RETRY_OPTIONS);
    fieldsOf('retry.budget', budget, BUDGET_OPTIONS);
  }
  if (resume !== undefined) {
    const { folder, maxAge } = fieldsOf('resume', resume, RESUME_OPTIONS);
    checkText('resume.folder', folder);
    positive('resume.maxAge', maxAge, 0);
  }
  if (auth !== undefined) checkAuth(fieldsOf('auth', auth, AUTH_OPTIONS));
  if (paginate !== undefined) checkPaginate(fieldsOf('paginate', paginate, PAGINATE_OPTIONS));
  const standard = (validate as Fields | null | undefined)?.['~standard'] as Fields | undefined;
  if (validate !== undefined && typeof standard?.validate !== 'function') {
    throw wrong('validate', validate, 'what follows Standard Schema');
  }
}

function checkAuth(auth: Fields): void {
  checkChoice('auth.kind', auth.kind, ['bearer', 'basic', 'api-key']);
  if (auth.in !== undefined) checkChoice('auth.in', auth.in, ['header', 'query']);
  const whose = auth.kind === 'basic' ? 'username' : 'name';
  if (auth.kind !== 'bearer') checkText(`auth.${whose}`, auth[whose]);
  const name = auth.kind === 'bearer' ? 'token' : auth.kind === 'basic' ? 'password' : 'value';
  const secret = auth[name];
  if (typeof secret !== 'string' && typeof secret !== 'function') {
    throw invalid(`auth.${name} is ${kindOf(secret)}. Give a text, or a function that gives one.`);
  }
}

function checkPaginate(paginate: Fields): void {
  const { kind, param, next, until, size, current = '' } = paginate;
  checkChoice('paginate.kind', kind, ['page', 'offset', 'cursor', 'next-link']);
  if (kind !== 'next-link') checkText('paginate.param', param);
  if (kind === 'cursor' && typeof next === 'object' && next !== null) {
    checkText('paginate.next.header', fieldsOf('paginate.next', next, { header: true }).header);
  } else if (kind === 'cursor' || next !== undefined) {
    checkText('paginate.next', next, 'a path');
  }
  for (const [option, choices] of Object.entries(CHOICES)) {
    if (paginate[option] !== undefined) checkChoice(`paginate.${option}`, paginate[option], choices);
  }
  checkText('paginate.current', current, 'a path');
  positive('paginate.start', paginate.start, 0);
  positive('paginate.maxPages', paginate.maxPages, 1);
  if (size !== undefined) {
    const { param, value } = fieldsOf('paginate.size', size, { param: true, value: true });
    checkText('paginate.size.param', param);
    positive('paginate.size.value', value ?? null, 1);
  }
  if (until === undefined || until === 'empty' || typeof until === 'function') return;
  const valid = "'empty', a function, or one of { totalPages }, { totalRecords } and { more }, a path";
  if (typeof until !== 'object' || until === null) throw wrong('paginate.until', until, valid);
  const paths = Object.values(fieldsOf('paginate.until', until, UNTIL_OPTIONS)).filter((path) => path !== undefined);
  if (paths.length !== 1 || typeof paths[0] !== 'string') throw wrong('paginate.until', until, valid);
}

function fieldsOf(option: string, value: unknown, names: OptionKinds): Fields {
  if (!isRecord(value)) {
    // What is given for auth may be the secret itself.
    throw invalid(`${option} is ${kindOf(value)}. Give an object with ${Object.keys(names).join(', ')}.`);
  }
  checkOptionNames(value, names, `read.api, ${option}`, 'api.option');
  return value;
}

function checkChoice(option: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return;
  throw wrong(option, value, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`);
}

function checkText(option: string, value: unknown, valid = 'a text'): void {
  if (typeof value !== 'string') throw wrong(option, value, valid);
}

function wrong(option: string, value: unknown, valid: string): Error {
  return invalid(`${option} is ${typeof value === 'string' ? JSON.stringify(value) : kindOf(value)}. Give ${valid}.`);
}
