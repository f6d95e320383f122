import type { DataType } from './dtype.ts';

/** A JavaScript value as an engine takes it: exact numbers and instants are text, whole numbers are bigints. */
export type EngineValue = string | number | bigint | boolean | Uint8Array | null;

/** The value for a column of a dtype; `undefined` where it does not fit. */
export function fromJs(value: unknown, dtype: DataType): Exclude<EngineValue, null> | undefined {
  switch (dtype.id) {
    case 'int':
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
    case 'bigint': {
      if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return undefined;
      const whole = BigInt(value as bigint);
      return BigInt.asIntN(64, whole) === whole ? whole : undefined;
    }
    case 'float':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'decimal': {
      const digits = decimalDigits(value);
      if (digits === undefined) return undefined;
      const [whole = '', fraction = ''] = digits.replace('-', '').split('.');
      const kept = fraction.replace(/0+$/, '');
      const fits = kept.length <= dtype.scale && (whole === '0' ? 0 : whole.length) <= dtype.precision - dtype.scale;
      return fits
        ? `${digits.startsWith('-') ? '-' : ''}${whole}.${kept.padEnd(dtype.scale, '0')}`.replace(/\.$/, '')
        : undefined;
    }
    case 'string':
      if (typeof value !== 'string' || !isWellFormed(value)) return undefined;
      return dtype.values === undefined || dtype.values.includes(value) ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'date':
      return dayOf(value);
    case 'timestamp':
      return instantOf(value);
    case 'binary':
      return value instanceof Uint8Array ? value : undefined;
    case 'json':
      return jsonOf(value);
    case 'list':
    case 'struct':
      return nestedJson(value, dtype, false);
  }
}

/** Half of a surrogate pair is no character: the engine would put another in its place. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** The JSON text of a value; none of what JSON cannot say: functions, bigints, an object inside itself. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** A number, or its digits, as plain digits: 0.1 is `0.1`, 1e21 has no exponent. */
export function decimalDigits(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isFinite(value) ? plainDigits(value) : value;
  const match = typeof text === 'string' ? /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) : null;
  if (match === null) return undefined;
  const whole = (match[2] ?? '').replace(/^0+(?=\d)/, '');
  return `${match[1] === '-' ? '-' : ''}${whole}${match[3] === undefined ? '' : `.${match[3]}`}`;
}

/** `YYYY-MM-DD` of such a text or of a Date at midnight UTC. */
export function dayOf(value: unknown): string | undefined {
  if (value instanceof Date) {
    const iso = Number.isNaN(value.getTime()) ? '' : value.toISOString();
    return /^\d{4}-\d{2}-\d{2}T00:00:00\.000Z$/.test(iso) ? iso.slice(0, 10) : undefined;
  }
  return typeof value === 'string' && isDay(value) ? value : undefined;
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC of a Date or an ISO 8601 text; text without a zone is in UTC. */
export function instantOf(value: unknown): string | undefined {
  if (value instanceof Date) {
    const iso = Number.isNaN(value.getTime()) ? '' : value.toISOString();
    return /^\d{4}-/.test(iso) ? iso.replace('T', ' ').replace('Z', '') : undefined;
  }
  const match =
    typeof value === 'string'
      ? /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(value)
      : null;
  if (match === null || !isDay(match[1] ?? '')) return undefined;
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const colon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const time = Date.parse(`${day}T${minute}:${second}${colon}`);
  if (Number.isNaN(time) || minute.startsWith('24')) return undefined;
  const iso = new Date(time).toISOString();
  // The zone may lead out of the years that have four digits.
  return /^\d{4}-/.test(iso) ? iso.slice(0, 19).replace('T', ' ') + fraction : undefined;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** A number without an exponent. */
function plainDigits(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const [mantissa = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const plain =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : `${digits.padEnd(point, '0').slice(0, point)}.${digits.slice(point)}`;
  return (value < 0 ? '-' : '') + plain.replace(/\.$/, '');
}

/** JSON of a value and all that is in it, each as text of its dtype; `undefined` where something does not fit. */
function nestedJson(value: unknown, dtype: DataType, nullable: boolean): string | undefined {
  if (value === null || value === undefined) return nullable ? 'null' : undefined;
  if (dtype.id === 'list') {
    if (!Array.isArray(value)) return undefined;
    const items = Array.from(value, (item) => nestedJson(item, dtype.item, dtype.nullableItem ?? true));
    return items.includes(undefined) ? undefined : `[${items.join(',')}]`;
  }
  if (dtype.id === 'struct') {
    if (typeof value !== 'object' || Array.isArray(value)) return undefined;
    const fields: string[] = [];
    for (const { name, dtype: inner, nullable: mayBeNull } of dtype.fields) {
      const json = nestedJson(Object.hasOwn(value, name) ? Reflect.get(value, name) : null, inner, mayBeNull);
      if (json === undefined) return undefined;
      fields.push(`${JSON.stringify(name)}:${json}`);
    }
    return `{${fields.join(',')}}`;
  }
  const known = fromJs(value, dtype);
  if (known === undefined || dtype.id === 'json') return known as string | undefined;
  if (known instanceof Uint8Array) return `"${Buffer.from(known).toString('base64')}"`;
  return typeof known === 'boolean' ? String(known) : JSON.stringify(Object.is(known, -0) ? '-0' : String(known));
}
