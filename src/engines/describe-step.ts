import type { Step } from '../sql/program.ts';

/** A step as SQL to read; what is no SQL is a comment. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'table':
      return `CREATE TABLE ${step.table} AS\n${step.statement.sql}`;
    case 'rejects':
      return step.statement.sql;
    case 'sort-key':
      return `-- ${step.type}: ${step.column} of ${step.table} as an ENUM where its values are few, else VARCHAR`;
    case 'map':
      return `-- ${step.table}: a function over the rows of\n${step.input.sql}`;
    case 'check':
      return `-- check ${step.rule}\n${step.count.sql}`;
  }
}
