/** SQL by the number of its question. */
export const sql: Readonly<Record<number, string>>;
