import type { Relation } from '../plan/relation.ts';
import type { Scan } from '../plan/scan.ts';
import type { Source } from '../plan/source.ts';

/** A column of a scratch table. */
export interface TableColumn {
  readonly table: string;
  readonly column: string;
}

/**
 * The table's column whose values a node's column holds, unchanged and with no others among them; undefined where they
 * are computed or come from files.
 */
export function originOf(
  root: Relation,
  name: string,
  tables: ReadonlyMap<Relation, string>,
  scans: ReadonlyMap<Source, Scan>,
): TableColumn | undefined {
  let column = name;
  for (let node = root; ; ) {
    const table = tables.get(node);
    if (table !== undefined) return { table, column };
    switch (node.kind) {
      case 'source': {
        const scan = scans.get(node.source);
        return scan?.kind === 'table' ? { table: scan.table, column } : undefined;
      }
      case 'project': {
        const made = node.columns.find((c) => c.name === column)?.expression;
        if (made?.kind !== 'column') return undefined;
        column = made.name;
        break;
      }
      case 'filter':
      case 'sort':
      case 'limit':
      case 'sample':
      case 'slice':
      case 'dedupe':
        break;
      case 'attach':
        if (node.aggregates.some((a) => a.name === column)) return undefined;
        break;
      case 'aggregate':
      case 'join':
      case 'asof-join':
      case 'unpivot':
      case 'explode':
      case 'union':
      case 'map-batches':
      case 'check':
        return undefined;
    }
    node = node.input;
  }
}
