import { MillraceError } from '../../errors.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import type { Relation } from '../../plan/relation.ts';
import { walkRelation } from '../../plan/walk.ts';
import { NAME_BYTES } from '../../schema/column-name.ts';

export function refuseLongNames(plan: Relation): void {
  for (const node of walkRelation(plan)) {
    const long = outputSchema(node).find(({ name }) => Buffer.byteLength(name) > NAME_BYTES);
    if (long === undefined) continue;
    throw new MillraceError({
      code: 'compile.long_name',
      message: `The column ${JSON.stringify(long.name)} has a name of ${Buffer.byteLength(long.name)} bytes, and PostgreSQL keeps ${NAME_BYTES}. Give it a shorter one.`,
      details: { name: long.name, most: NAME_BYTES },
    });
  }
}
