import type { Aside } from '../records/parts.ts';

/** A validator that follows Standard Schema (https://standardschema.dev), as those of zod, valibot and arktype do. */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
  };
}

type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The records, a line each, that a validator does not take. */
export async function refusedBy(schema: StandardSchema, lines: Buffer): Promise<Aside[]> {
  const refused: Aside[] = [];
  let next = 0;
  for (let record = 0; next < lines.length; record++) {
    const start = next;
    const end = lines.indexOf(0x0a, start);
    const value: unknown = JSON.parse(lines.toString('utf8', start, end));
    next = end + 1;
    const given = schema['~standard'].validate(value);
    const { issues } = given instanceof Promise ? await given : given;
    const [first] = issues ?? [];
    if (first === undefined) continue;
    const path = (first.path ?? []).map((step) => (typeof step === 'object' ? step.key : step));
    const others = (issues?.length ?? 1) > 1 ? ` (and ${(issues?.length ?? 1) - 1} more)` : '';
    const reason = {
      column: path.length === 0 ? null : path.map(String).join('.'),
      value: shown(path.reduce<unknown>((inner, step) => innerOf(inner, step), value)),
      reason: `does not fit its schema: ${first.message}${others}`,
    };
    refused.push({ record, start, end, refused: reason });
  }
  return refused;
}

function innerOf(value: unknown, step: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
}

function shown(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
