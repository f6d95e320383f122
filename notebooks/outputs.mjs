// Notebooks' outputs: node notebooks/outputs.mjs check <kept> <executed> | keep <executed> <kept>
// `check` compares by shape: what kinds of output each cell has, the columns of its tables and the titles of its plots.
// `keep` writes an executed notebook with what a reader sees, and without what differs from run to run.
import { readFileSync, writeFileSync } from 'node:fs';

const [task, from, to] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const cellsOf = (notebook) => notebook.cells.filter((cell) => cell.cell_type === 'code');
const text = (value) => (Array.isArray(value) ? value.join('') : String(value ?? ''));

/** The data of a plot stand in its drawing, too. */
const isKept = (mime) => !mime.startsWith('application/vnd.vegalite');

function shapeOf({ outputs }) {
  const shapes = outputs.map((output) => {
    if (output.output_type === 'stream') return `stream ${output.name}`;
    if (output.output_type === 'error') return `error ${output.ename}: ${output.evalue}`;
    const html = text(output.data['text/html']);
    const columns = [...html.matchAll(/<th[^>]*>([^<]*)/g)].map((found) => found[1]);
    const title = /^Plot: .*/.exec(text(output.data['text/plain']))?.[0];
    const mimes = Object.keys(output.data).filter(isKept).sort();
    return [mimes.join(' '), ...columns, ...(title === undefined ? [] : [title])].join(', ');
  });
  // A stream comes in as many parts as it likes.
  return shapes.filter((shape, i) => !(shape.startsWith('stream') && shape === shapes[i - 1]));
}

if (task === 'keep') {
  const notebook = read(from);
  for (const cell of cellsOf(notebook)) {
    cell.metadata = {};
    for (const output of cell.outputs) {
      if (output.data === undefined) continue;
      output.data = Object.fromEntries(Object.entries(output.data).filter(([mime]) => isKept(mime)));
    }
  }
  notebook.metadata.language_info = { name: 'typescript' };
  writeFileSync(to, `${JSON.stringify(notebook, null, 1)}\n`);
} else {
  const [kept, executed] = [cellsOf(read(from)), cellsOf(read(to))];
  let wrong = 0;
  for (const [i, cell] of kept.entries()) {
    const [before, now] = [shapeOf(cell), executed[i] === undefined ? ['no cell'] : shapeOf(executed[i])];
    if (before.join('\n') === now.join('\n')) continue;
    wrong += 1;
    console.error(`${from}, code cell ${i + 1}: ${text(cell.source).split('\n')[0]}`);
    console.error(`  kept:     ${before.join('; ') || 'nothing'}\n  executed: ${now.join('; ') || 'nothing'}`);
  }
  process.exitCode = wrong === 0 ? 0 : 1;
}
