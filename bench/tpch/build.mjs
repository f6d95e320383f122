// Compiles examples/tpch into tpch/built, where its '../../src' is the package's own dist, and the compiler beside it:
// node tpch/build.mjs
import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'rolldown';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');

export async function build() {
  const built = join(here, 'built');
  rmSync(built, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', here], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsc -p bench/tpch ended with ${status}:\n${stdout}`);
  symlinkSync(join(root, 'dist'), join(built, 'src'), 'junction');
  await bundle({ input: join(here, 'compiler.ts'), output: { file: join(built, 'compiler.js') }, logLevel: 'warn' });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
