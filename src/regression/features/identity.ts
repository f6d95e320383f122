import { type Expression, walkExpression } from '../../plan/expression.ts';
import { Secret } from '../../plan/secret.ts';

let secrets = 0;

/** Text that two expressions share where they are the same. */
export function identityOf(node: Expression): string {
  for (const part of walkExpression(node)) {
    // A secret shows nothing to tell it by: what holds one is like nothing else.
    if (part.kind === 'literal' && part.value instanceof Secret) return `secret ${++secrets}`;
  }
  return JSON.stringify(node, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
