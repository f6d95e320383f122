// Sessions

export type { SessionOptions } from './engines/duckdb/session.ts';
// Errors
export { MillraceError } from './errors.ts';
export { acceptedValues, between, notNull, relationships, unique } from './frame/checks.ts';
export type { Cols, UnknownCols } from './frame/columns.ts';
export type { Expr } from './frame/expr.ts';
// Frames
export type { Frame, FrameOf, Materialized, QuarantineCols } from './frame/frame.ts';
export { fn } from './frame/functions/fn.ts';
export type { Table } from './frame/table.ts';
// Loaders
export { load } from './loaders/load.ts';
export type { LoadReport } from './loaders/report.ts';
export type { CheckWarning } from './plan/relation.ts';
// Readers
export type { ApiOptions } from './readers/api.ts';
export type { RetryOptions } from './readers/http.ts';
export type { Cursors, NextLinks, Offsets, PageNumbers, Paginate, Until } from './readers/paginate.ts';
// Regression
export type { Coefficient } from './regression/fit.ts';
export type { FeatureDType, LinearRegressionOptions } from './regression/linear-regression.ts';
export { linearRegression } from './regression/linear-regression.ts';
export { type EvaluateOptions, type Evaluation, Model, type PredictOptions } from './regression/model.ts';
export type { ModelJson } from './regression/model-json.ts';
export type { AnyColumnType, ColumnType, SchemaSpec } from './schema/column-type.ts';
// Column types and schemas
export { t } from './schema/column-type.ts';
export type { AnyCol, Col, Row } from './schema/columns.ts';
export type {
  AnyDType,
  BigInteger,
  Binary,
  Bool,
  DataType,
  Day,
  Decimal,
  DType,
  Enum,
  Field,
  Float,
  Int,
  Json,
  List,
  Schema,
  Struct,
  Text,
  Timestamp,
} from './schema/dtype.ts';
export { createSession, read, type Session } from './session.ts';
