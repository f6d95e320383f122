/** What each directive of a strptime format tells of a day; an empty text where it tells nothing of it. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: 'year',
  y: 'year',
  m: 'month',
  b: 'month',
  B: 'month',
  d: 'day',
  j: 'month and day',
  a: '',
  A: '',
  H: '',
  I: '',
  M: '',
  S: '',
  f: '',
  p: '',
  z: '',
  Z: '',
  '%': '',
};

/** What is wrong with a strptime format: a directive that is none, or a day it does not tell in full. */
export function formatFault(format: unknown): string | undefined {
  if (typeof format !== 'string') return 'is no string';
  let told = '';
  for (let i = 0; i < format.length; i++) {
    if (format[i] !== '%') continue;
    i += format[i + 1] === '-' ? 2 : 1;
    const directive = format[i] ?? '';
    const tells = DIRECTIVES[directive];
    if (tells === undefined) {
      return `has the directive %${directive}, which is none. The directives are %${Object.keys(DIRECTIVES).join(' %')}`;
    }
    told += `${tells} `;
  }
  const missing = ['year', 'month', 'day'].filter((part) => !told.includes(part));
  return missing.length === 0 ? undefined : `does not tell the ${missing.join(', the ')}`;
}

/** The directives that a value is written with. */
const WRITTEN = 'YmdHMSyjfIpGVubBaA%';

/** What is wrong with a format that dates are written in. */
export function outputFault(format: unknown): string | undefined {
  if (typeof format !== 'string') return 'is no string';
  for (const [, directive = ''] of format.matchAll(/%(.?)/gs)) {
    if (directive === '' || !WRITTEN.includes(directive)) {
      return `has the directive %${directive}, which is none. The directives are %${[...WRITTEN].join(' %')}`;
    }
  }
  return undefined;
}
