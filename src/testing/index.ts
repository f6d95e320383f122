// Helpers to unit-test transformations: import { expectFrame, fixture } from 'millrace/testing'.
export { expectFrame, type FrameExpectation, type RowsOptions } from './expect-frame.ts';
export { expectIdempotent, type ReadTarget } from './expect-idempotent.ts';
export { type FakeApi, type FakeFailure, type FakePages, type FakeRoute, fakeApi } from './fake-api.ts';
export { fixture } from './fixture.ts';
export { type Given, type GivenRow, given } from './given.ts';
export type { FixtureMatchOptions } from './match-fixture.ts';
export { type FrameMatchers, frameMatchers } from './matchers.ts';
export { type DisposablePostgres, startPostgres, withPostgres } from './postgres.ts';
export { type SampleOptions, sampleFixture } from './sample-fixture.ts';
