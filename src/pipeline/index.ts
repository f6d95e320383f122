// Pipelines: import { pipeline, runPipeline } from 'millrace/pipeline'.

// Declaring
export type { CheckResult, CheckStepOptions, MapOptions, PipelineBuilder, StepOptions } from './builder.ts';
export type { Log, LogFields, LogLevel, ParamsOf, RunInfo, StepContext } from './context.ts';
// Events
export type { HookContext, Hooks, OnEvent, RunEvent, StepRows, ToldError } from './events.ts';
export type { Checked, FailedRule, Join, Loaded, Step } from './handles.ts';
// Logs and alerts
export { type LogEventsOptions, type Logger, logEvents } from './logs.ts';
export { type AlertKind, type WebhookOptions, webhook } from './monitor/webhook.ts';
export { isPipeline, type Pipeline, type PipelineOptions, pipeline, type StepRetry } from './pipeline.ts';
// Running
export type { RunResult, StepResult } from './result.ts';
export { clearStep } from './resume.ts';
export { type RunPipelineOptions, runPipeline } from './run.ts';

// Schedules
export { type BackfillOptions, type BackfillResult, backfill } from './schedule/backfill.ts';
export { daysEndedIn, type Interval, intervalsBetween } from './schedule/schedule.ts';
export { type ServeOptions, serve } from './schedule/serve.ts';

// Runs that are kept
export { openRunStore, type RunStoreOptions } from './store/open.ts';
export type { RunState, RunStore, StepState, StoredRun, StoredStep, Trigger } from './store/store.ts';
