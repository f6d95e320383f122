/**
 * The lower triangle L with L L' the matrix, zeros where rounding leaves nothing of a pivot.
 *
 * @example
 * ```ts
 * cholesky([[4, 2], [2, 5]]); // [[2, 0], [1, 2]]
 * ```
 */
export function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const lower = matrix.map((row) => row.map(() => 0));
  for (const [j, column] of lower.entries()) {
    for (let i = j; i < matrix.length; i++) {
      const row = lower[i] as number[];
      let left = matrix[i]?.[j] ?? 0;
      for (let k = 0; k < j; k++) left -= (row[k] as number) * (column[k] as number);
      if (i === j) row[j] = Math.sqrt(Math.max(0, left));
      else row[j] = column[j] === 0 ? 0 : left / (column[j] as number);
    }
  }
  return lower;
}
