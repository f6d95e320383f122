import type { RunFinished, RunStarted } from '../events.ts';

/** What was run: `orders`; `step store of orders` where it is run alone. */
export function subjectText({ pipeline, only }: RunStarted | RunFinished): string {
  return only === undefined ? pipeline : `${only.length === 1 ? 'step' : 'steps'} ${only.join(', ')} of ${pipeline}`;
}
