import { checkOptionNames, type OptionNames } from '../../option-names.ts';
import type { Auth } from './auth.ts';
import { RETRY_OPTIONS } from './http.ts';
import { kindOf } from './json-path.ts';
import { PAGINATE_OPTIONS } from './paginate.ts';
import { invalid } from './request.ts';
import { RESUME_OPTIONS } from './stored-pages.ts';

type Fields = Readonly<Record<string, unknown>>;
type Nested = 'auth' | 'paginate' | 'resume' | 'retry' | 'validate';

const AUTH_OPTIONS: OptionNames<Auth> = {
  kind: true,
  token: true,
  username: true,
  password: true,
  name: true,
  value: true,
  in: true,
};
const UNTIL_OPTIONS = { totalPages: true, totalRecords: true, more: true };

/** Refuses what stands inside options and is none of the choices, where JavaScript lets it through. */
export function checkChoices({ auth, paginate, resume, retry, validate }: { readonly [O in Nested]?: unknown }): void {
  if (retry !== undefined) fieldsOf('retry', retry, RETRY_OPTIONS);
  if (resume !== undefined) checkText('resume.folder', fieldsOf('resume', resume, RESUME_OPTIONS).folder);
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
  const name = auth.kind === 'bearer' ? 'token' : auth.kind === 'basic' ? 'password' : 'value';
  const secret = auth[name];
  if (typeof secret !== 'string' && typeof secret !== 'function') {
    throw invalid(`auth.${name} is ${kindOf(secret)}. Give a text, or a function that gives one.`);
  }
}

function checkPaginate(paginate: Fields): void {
  const { kind, param, next, until } = paginate;
  checkChoice('paginate.kind', kind, ['page', 'offset', 'cursor', 'next-link']);
  if (kind !== 'next-link') checkText('paginate.param', param);
  if (kind === 'cursor' && typeof next === 'object' && next !== null) {
    checkText('paginate.next.header', fieldsOf('paginate.next', next, { header: true }).header);
  } else if (kind === 'cursor' || next !== undefined) {
    checkText('paginate.next', next, 'a path');
  }
  if (paginate.in !== undefined) checkChoice('paginate.in', paginate.in, ['query', 'body']);
  if (until === undefined || until === 'empty' || typeof until === 'function') return;
  const valid = "'empty', a function, or one of { totalPages }, { totalRecords } and { more }, a path";
  if (typeof until !== 'object' || until === null) throw wrong('paginate.until', until, valid);
  const paths = Object.values(fieldsOf('paginate.until', until, UNTIL_OPTIONS)).filter((path) => path !== undefined);
  if (paths.length !== 1 || typeof paths[0] !== 'string') throw wrong('paginate.until', until, valid);
}

function fieldsOf(option: string, value: unknown, names: object): Fields {
  if (typeof value !== 'object' || value === null) {
    // What is given for auth may be the secret itself.
    throw invalid(`${option} is ${kindOf(value)}. Give an object with ${Object.keys(names).join(', ')}.`);
  }
  checkOptionNames(value, names, `read.api, ${option}`, 'api.option');
  return value as Fields;
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
