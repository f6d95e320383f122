import type { Frame, QuarantineCols } from '../frame/frame.ts';
import type { AnyColumnType } from '../schema/column-type.ts';
import { declared } from './declared.ts';
import type { Doubt, Draft } from './suggestion.ts';

/** The rows that a source rejects when it is read with these columns. */
export type Rejected = (drafts: readonly Draft[]) => Frame<QuarantineCols>;

/** Reads a source as it is suggested: a column of which a value does not fit becomes one that holds anything. */
export async function verified(
  given: readonly Draft[],
  rejected: Rejected,
  anything: AnyColumnType,
): Promise<readonly Draft[]> {
  let drafts = given;
  for (let i = 0; i < given.length; i++) {
    const rows = (await rejected(drafts).rows()).filter((row) => row.column !== null && !isCellError(row.reason));
    const [wrong] = rows;
    if (wrong === undefined) return drafts;
    const count = rows.filter((row) => row.column === wrong.column).length;
    drafts = drafts.map((draft) => {
      if (draft.name !== wrong.column) return draft;
      const doubt: Doubt = {
        about: 'mixed',
        reason: `${count === 1 ? 'one value does' : `${count} values do`} not fit ${declared(draft.type)}`,
        choices: [],
        examples: [{ value: wrong.value ?? '', line: wrong.line ?? 0 }],
      };
      const { outsideName } = draft.type;
      const type = outsideName === undefined ? anything : anything.from(outsideName);
      return { ...draft, type, markers: {}, doubts: [doubt, ...draft.doubts] };
    });
  }
  return drafts;
}

/** Cells of a workbook that are errors fit no column. */
function isCellError(reason: string): boolean {
  return reason.startsWith('is an error of the sheet') || reason.startsWith('has no stored result');
}
