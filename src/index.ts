// Sessions
export {
  createSession,
  type PostgresEngine,
  type PostgresSessionOptions,
  postgres,
  read,
  type Session,
  type SessionOptions,
} from './session.ts';

// Readers
export type { OnBadRow, RunOptions } from './plan/source.ts';
export type { ApiOptions } from './readers/api/api.ts';
export type { Auth, HeadersOption, SecretValue } from './readers/api/auth.ts';
export type { CsvOptions, CsvOrigin, TypedCsvOptions } from './readers/csv/csv.ts';
export type { ByteStream, CsvInput } from './readers/csv/inputs.ts';
export type { ExcelOptions } from './readers/excel/excel.ts';
export type { RetryOptions } from './readers/api/http.ts';
export type { JsonOptions, NdjsonOptions } from './readers/json.ts';
export type { JsonInput } from './readers/json-files.ts';
export type { ArrowInput, ArrowOptions } from './readers/arrow.ts';
export type { ApiPage, Cursors, NextLinks, Offsets, PageNumbers, Paginate, Until } from './readers/api/paginate.ts';
export type { BodyOption, BodyPlace } from './readers/api/request.ts';
export type { StandardSchema } from './readers/api/standard-schema.ts';
export type { ResumeOptions } from './readers/api/stored-pages.ts';
export type { OpenParquetOptions, ParquetOptions } from './readers/parquet.ts';
export type { S3Options } from './storage/s3/options.ts';
export type { Readers } from './readers/read.ts';
export type { CursorValue, Lag } from './readers/incremental/cursor.ts';
export type { IncrementalFilesOptions } from './readers/incremental/files.ts';
export type { StateTable } from './readers/incremental/place.ts';
export type { IncrementalOptions } from './readers/incremental/rows.ts';
export type { SqlConnection, SqlOptions } from './readers/sql/sql.ts';
export type { StreamBatch, StreamedRow, StreamOptions } from './readers/stream.ts';
export type { DatabaseReaders, TableOptions } from './readers/table.ts';

// Column types and schemas
export { type AmountFormat, type AnyColumnType, type ColumnType, type SchemaSpec, t } from './schema/column-type.ts';
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

// Frames
export type { Cols, UnknownCols } from './frame/columns.ts';
export type { Expr } from './frame/expr.ts';
export type { Frame, FrameOf, Materialized, QuarantineCols, SplitOptions } from './frame/frame.ts';
export { fn } from './frame/functions/fn.ts';
export type { OrderBy } from './frame/functions/order.ts';
export type { Duration, OverOptions, WindowOptions } from './frame/functions/window.ts';
export type { HotDeckOptions } from './frame/imputation/hot-deck.ts';
export type { Table } from './frame/table.ts';

// What is inferred from these, which a library that declares its types must be able to name
export type { Mark, Scalar } from './frame/functions/base.ts';
export type { Category } from './frame/functions/category.ts';
export type { BooleanExpr } from './frame/functions/boolean.ts';
export type { JsonExpr, ListExpr, StructExpr } from './frame/functions/nested.ts';
export type { NumericExpr } from './frame/functions/numeric.ts';
export type { TemporalExpr } from './frame/functions/temporal.ts';
export type { TextExpr } from './frame/functions/text.ts';
export type { ValueExpr } from './frame/functions/value.ts';
export type { Aggregate, Windowed, WindowFunction } from './frame/functions/window.ts';
export type { Grouped } from './frame/grouped.ts';
export type { Interaction, Polynomial, Trend } from './regression/features/given.ts';
export type { ColsOf, NamesOf } from './schema/columns.ts';
export type { NumericDType } from './schema/dtype.ts';

// Checks
export {
  acceptedValues,
  between,
  type CheckOptions,
  type ColumnRule,
  notNull,
  relationships,
  unique,
} from './frame/checks.ts';
export type { CheckWarning } from './plan/relation.ts';

// Suggested schemas
export { type SuggestOptions, type SuggestSource, suggestSchema } from './suggest/suggest-schema.ts';
export type { Doubt, SchemaSuggestion, SuggestedColumn } from './suggest/suggestion.ts';

// Loaders
export type { LoadOutcome, LoadTarget, LoadTargets, TargetOutcome } from './loaders/all.ts';
export type { ArrowLoadOptions } from './loaders/arrow.ts';
export type { CsvLoadOptions } from './loaders/csv.ts';
export type { DuckDBLoadOptions } from './loaders/duckdb.ts';
export type { JsonLoadOptions } from './loaders/json.ts';
export { load } from './loaders/load.ts';
export type { ParquetLoadOptions } from './loaders/parquet.ts';
export type { IndexDefinition, IndexMethod, TableDefinition } from './loaders/postgres/definition.ts';
export type { SchemaContract } from './loaders/postgres/evolve.ts';
export type { Expectations } from './loaders/expectations.ts';
export type { PostgresOptions } from './loaders/postgres/load-postgres.ts';
export type { SqlLoadOptions, SqlMode } from './loaders/sql/load-sql.ts';
export type { IncrementReport } from './loaders/increments.ts';
export type { Changes, LoadReport } from './loaders/report.ts';
export type { Compared, ComparedColumn, Digest, Reconciliation } from './loaders/reconcile/reconciliation.ts';
export type { ReconcileOptions } from './loaders/reconcile/target-rows.ts';

// Regression
export {
  type CrossValidateOptions,
  crossValidate,
  type KFoldOptions,
  type RollingOriginOptions,
} from './regression/cross-validate.ts';
export type { CrossValidation, Figures, FoldEvaluation } from './regression/cross-validation.ts';
export {
  type FactorTerm,
  type FeatureDType,
  type FeatureTerm,
  interaction,
  polynomial,
  type Season,
  type SeasonalOptions,
  seasonal,
  trend,
} from './regression/features/given.ts';
export type { AliasedTerm, Coefficient, FTest } from './regression/fit.ts';
export {
  type LinearRegressionOptions,
  linearRegression,
  type RegressionFeatures,
} from './regression/linear-regression.ts';
export type { Accuracy, EvaluateOptions, Evaluation } from './regression/evaluate.ts';
export { type Interval, Model, type PredictOptions } from './regression/model.ts';
export type { ModelJson } from './regression/model-json.ts';
export type { ResidualQuantiles } from './regression/residuals.ts';

// Plots
export type { Size } from './plot/chart.ts';
export type { Plots } from './plot/frames/plot.ts';
export { plot } from './plot/frames/plot.ts';
export type { Plot } from './plot/plot.ts';
export type { VegaLiteSpec } from './plot/render.ts';
export type { CoefficientPlotOptions, ModelPlots, PlotOptions } from './regression/plots.ts';

// Preprocessing
export { binarize } from './preprocessing/binarize.ts';
export { type BinMethod, type BinOptions, Bins, bin, fitBins } from './preprocessing/bins.ts';
export {
  Encoder,
  type EncoderOptions,
  type EncodingMethod,
  encode,
  fitEncoder,
  type UnknownCategory,
} from './preprocessing/encoder.ts';
export { fitImputer, Imputer, type LearnedImputations } from './preprocessing/imputer.ts';
export {
  fitOutliers,
  type OutlierAction,
  type OutlierMethod,
  type OutlierOptions,
  Outliers,
  treatOutliers,
} from './preprocessing/outliers.ts';
export { fitScaler, Scaler, type ScalerOptions, type ScalingMethod, scale } from './preprocessing/scaler.ts';

// Errors
export { MillraceError } from './errors.ts';
