import { didYouMean, MillraceError, nearestOf } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import { type DTypeId, describeDType } from '../../schema/dtype.ts';
import { labelOf } from './literal.ts';

type Class = abstract new (...args: never) => object;

/** How many methods of its own are told of a column. */
const TOLD = 8;

/**
 * Makes a call of a method that another dtype has, or that none has but is spelt alike, an error that says so: in
 * notebooks and JavaScript no compiler does. What is asked for stands behind all methods that there are, at the end of
 * the prototypes, so that those cost nothing.
 */
export function tellOfOtherMethods(base: Class, classes: Readonly<Record<DTypeId, Class>>): void {
  const methods = new Map(Object.entries(classes).map(([id, one]) => [id, methodsOf(one, base)]));
  const all = [...new Set([...methods.values()].flat())];
  const told = new Proxy(Object.prototype, {
    get(target, name, receiver: object) {
      const found: unknown = Reflect.get(target, name, receiver);
      if (found !== undefined || typeof name !== 'string' || !Object.hasOwn(receiver, 'node')) return found;
      if (nearestOf(name, all) === undefined) return undefined;
      return () => {
        throw otherMethod((receiver as { readonly node: Expression }).node, name, methods);
      };
    },
  });
  Object.setPrototypeOf(base.prototype, told);
}

function methodsOf(one: Class, base: Class): string[] {
  const names: string[] = [];
  for (let at: object = one.prototype; ; at = Object.getPrototypeOf(at) as object) {
    names.push(...Object.getOwnPropertyNames(at).filter((name) => name !== 'constructor'));
    if (at === base.prototype) return names;
  }
}

function otherMethod(node: Expression, name: string, methods: ReadonlyMap<string, readonly string[]>): MillraceError {
  const { id } = node.dtype;
  const own = methods.get(id) ?? [];
  const having = [...methods].flatMap(([other, names]) => (names.includes(name) ? [other] : []));
  const target = having.includes('float') ? 'float' : having[0];
  const isCast =
    target === 'string' || (target === 'float' && id === 'boolean') || (id === 'string' && isPlain(target));
  const advice = isCast ? ` Cast it first: .cast(t.${target}()).${name}().` : '';
  const dtypes =
    having.length === 0
      ? didYouMean(name, own)
      : ` Columns of ${having.join(', ')} have it.${advice} Methods that it has: ${own.slice(0, TOLD).join(', ')} ..`;
  return new MillraceError({
    code: 'expression.method',
    message: `${labelOf(node)} is ${describeDType(node.dtype)}, which has no method ${name}.${dtypes}`,
    details: { method: name, dtype: id, methods: own },
  });
}

/** Whether a dtype is declared without saying more, so that text is cast to it. */
function isPlain(id: string | undefined): boolean {
  return id !== undefined && !['list', 'struct', 'binary'].includes(id);
}
