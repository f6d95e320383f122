import { pipeline } from '../../../src/pipeline/index.ts';

// Property 'neitherFrameNorJson' is missing in type 'Date'
pipeline('daily', {}, (p) => {
  p.step('clock', () => ({ at: new Date() }));
});
