import { MillraceError, type Session } from '../../src/index.ts';
import { arqueroStep } from './arquero.ts';
import { difference, frameOf, type PeerCase, type Row } from './cases.ts';
import { Missing } from './expressions.ts';
import { type State, without } from './steps.ts';
import { tidyStep } from './tidyjs.ts';

/** What a case comes to: its rows, other rows, an error of ours, or something that the API does not have. */
export type Outcome =
  | { readonly is: 'equal' }
  | { readonly is: 'different'; readonly difference: string }
  | { readonly is: 'refused'; readonly code: string; readonly message: string }
  | { readonly is: 'missing'; readonly what: string };

export async function outcomeOf(peerCase: PeerCase, session: Session): Promise<Outcome> {
  try {
    const step = peerCase.origin === 'arquero' ? arqueroStep : tidyStep;
    const start: State = { frame: frameOf(session, peerCase.input), groups: [], hidden: [], ordered: false };
    let state = start;
    for (const each of peerCase.steps) state = await step(state, each, session);
    const { frame, hidden, ordered } = state;
    const rows = (await without(frame, hidden).rows()) as unknown as Row[];
    const found = difference(rows, peerCase.expected, ordered);
    return found === undefined ? { is: 'equal' } : { is: 'different', difference: found };
  } catch (error) {
    if (error instanceof Missing) return { is: 'missing', what: error.message };
    if (error instanceof MillraceError) return { is: 'refused', code: error.code, message: error.message };
    throw error;
  }
}
