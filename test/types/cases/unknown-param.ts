import { t } from '../../../src/index.ts';
import { pipeline } from '../../../src/pipeline/index.ts';

// Property 'regio' does not exist on type
// Did you mean 'region'?
pipeline('daily', { params: { region: t.string() } }, (p) => {
  p.task('tell', ({ params, log }) => log.info(params.regio));
});
