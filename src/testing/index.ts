// Helpers to unit-test transformations: import { expectFrame, fixture } from 'millrace/testing'.
export { expectFrame, type FrameExpectation, type RowsOptions } from './expect-frame.ts';
export { fixture } from './fixture.ts';
export { type FrameMatchers, frameMatchers } from './matchers.ts';
