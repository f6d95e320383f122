import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where data and the Python of the peers are kept, outside the repository. */
export const home =
  process.env.MILLRACE_BENCH_HOME ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'millrace-bench');

export const python = join(home, 'venv', 'bin', 'python');
/** The same with pandas before 3, whose strings are Python objects. */
export const python2 = join(home, 'venv-pandas2', 'bin', 'python');
