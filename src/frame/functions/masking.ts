import { createHash } from 'node:crypto';
import { MillraceError } from '../../errors.ts';
import type { CallNode, Expression, LiteralNode } from '../../plan/expression.ts';
import { Secret } from '../../plan/secret.ts';
import { STRING } from '../../schema/dtype.ts';
import { call } from './base.ts';
import { labelOf } from './literal.ts';

/** The bytes that SHA-256 takes at a time. */
const BLOCK = 64;

/** The digest of a text's UTF-8 bytes, with a key by HMAC (RFC 2104), in hexadecimal. */
export function sha256(node: Expression, key: string | Uint8Array | undefined): CallNode {
  if (key === undefined) return call('sha256', [node], STRING, node.nullable);
  const bytes = typeof key === 'string' ? Buffer.from(key, 'utf8') : key;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) {
    throw new MillraceError({
      code: 'expression.literal',
      message: `${labelOf(node)}.sha256: the key is ${bytes instanceof Uint8Array ? 'empty' : `a ${typeof key}`}. Give a string or a Uint8Array of at least one byte.`,
    });
  }
  const short = bytes.length > BLOCK ? createHash('sha256').update(bytes).digest() : bytes;
  const padded = new Uint8Array(BLOCK);
  padded.set(short);
  return call('hmac_sha256', [node, secret(padded, 0x36), secret(padded, 0x5c)], STRING, node.nullable);
}

/** The key as one of the two passes takes it. */
function secret(key: Uint8Array, pad: number): LiteralNode {
  const value = new Secret(key.map((byte) => byte ^ pad));
  return { kind: 'literal', value, dtype: { id: 'binary' }, nullable: false };
}
