// Pipelines: import { pipeline, runPipeline } from 'millrace/pipeline'.

// Declaring
export type { CheckResult, CheckStepOptions, MapOptions, PipelineBuilder, StepOptions } from './builder.ts';
export type { Log, LogFields, LogLevel, ParamsOf, RunInfo, StepContext } from './context.ts';
// Events
export type { Hooks, OnEvent, RunEvent, StepRows, ToldError } from './events.ts';
export type { Checked, FailedRule, Join, Loaded, Step } from './handles.ts';
export { isPipeline, type Pipeline, type PipelineOptions, pipeline, type StepRetry } from './pipeline.ts';
// Running
export { type RunPipelineOptions, type RunResult, runPipeline, type StepResult } from './run.ts';

// Schedules
export { type Interval, intervalsBetween } from './schedule/schedule.ts';

// Runs that are kept
export { openRunStore, type RunStoreOptions } from './store/open.ts';
export type { RunState, RunStore, StepState, StoredRun, StoredStep, Trigger } from './store/store.ts';
