import { type Node, waitsFor } from '../../pipeline/graph.ts';
import { describeParams } from '../../pipeline/params.ts';
import type { Pipeline } from '../../pipeline/pipeline.ts';
import type { Command } from '../command.ts';
import { drawGraph } from './graph.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';

/** Draws the steps of a pipeline. */
export const showCommand: Command = pipelineCommand({
  name: 'show',
  summary: 'the steps of a pipeline, drawn as a graph',
  takes: ['PIPELINE'],
  help: `Prints what a pipeline takes and when it is due, and draws its steps. A step stands
below what it takes from, or a line joins them.

${COMMON_HELP}
  --json          as JSON, with the params, the schedule and the steps
  --help          print this`,
  options: {},
  async run({ given: [name = ''], pipeline: find, json, output }) {
    const { pipeline, file } = await find(name);
    output.out(json ? `${JSON.stringify(shown(pipeline, file), null, 2)}\n` : picture(pipeline, file));
    return 0;
  },
});

function shown(pipeline: Pipeline<unknown>, file: string): object {
  const { name, options, graph } = pipeline;
  const { schedule = null, timezone = 'UTC', description = null } = options;
  return {
    name,
    file,
    description,
    schedule,
    timezone,
    params: describeParams(pipeline),
    steps: graph.nodes.map((node) => ({
      name: node.name,
      kind: node.kind,
      inputs: inputsOf(node),
      join: node.join,
      retries: node.options.retries ?? options.retries ?? 0,
      timeout: node.options.timeout ?? options.timeout ?? null,
    })),
  };
}

function picture(pipeline: Pipeline<unknown>, file: string): string {
  const { name, options, graph } = pipeline;
  const nodes = graph.nodes.map((node) => ({ name: node.name, inputs: inputsOf(node) }));
  const lines = drawGraph(nodes);
  const width = Math.max(...lines.map((line) => line.length));
  const widest = Math.max(...nodes.map((node) => node.name.length));
  const drawn = graph.nodes.map((node, i) =>
    `  ${(lines[i] ?? '').padEnd(width)}  ${node.name.padEnd(widest)}  ${[node.kind, ...marksOf(node)].join(', ')}`.trimEnd(),
  );
  const params = describeParams(pipeline).map((param) => `${param.name}${param.optional ? '?' : ''}: ${param.dtype}`);
  return [
    `${name}  ${file}`,
    ...(options.description === undefined ? [] : [options.description]),
    ...(options.schedule === undefined ? [] : [`due ${options.schedule}, ${options.timezone ?? 'UTC'}`]),
    ...(params.length === 0 ? [] : [`params ${params.join(', ')}`]),
    '',
    ...drawn,
    '',
  ].join('\n');
}

function inputsOf(node: Node): string[] {
  return waitsFor(node).map((one) => one.name);
}

function marksOf({ options, join }: Node): string[] {
  return [
    ...(options.when === undefined ? [] : ['when']),
    ...(join === 'any' || join === 'done' ? [`join ${join}`] : []),
    ...(options.retries === undefined ? [] : [`retries ${options.retries}`]),
    ...(options.severity === 'warn' ? ['warns'] : []),
    ...(options.pool === undefined ? [] : [`pool ${options.pool}`]),
  ];
}
