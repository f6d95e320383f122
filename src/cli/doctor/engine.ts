import { totalmem } from 'node:os';
import { type Finding, reasonOf, sizeText } from './finding.ts';

/** Starts the engine as a session does, and asks it. */
export async function engineFindings(): Promise<readonly Finding[]> {
  const begun = performance.now();
  try {
    const { Connections } = await import('../../engines/duckdb/connections.ts');
    const connections = new Connections({});
    try {
      const [row = []] = await connections.values(
        "SELECT version(), current_setting('memory_limit'), current_setting('threads')::VARCHAR, sum(range) FROM range(1000)",
      );
      const [version, memory, threads, sum] = row.map(String);
      if (sum !== '499500') throw new Error(`the numbers below 1000 add up to ${sum}`);
      const time = Math.round(performance.now() - begun);
      return [
        { about: 'engine', state: 'ok', told: `DuckDB ${version} started and answered in ${time} ms` },
        memoryFinding(memory ?? ''),
        { about: 'threads', state: 'ok', told: `${threads}; createSession({ threads }) sets another number` },
      ];
    } finally {
      await connections.close();
    }
  } catch (error) {
    return [
      {
        about: 'engine',
        state: 'problem',
        told: `DuckDB does not start: ${reasonOf(error).split('\n')[0]}`,
        advice: `Its package for ${process.platform} ${process.arch} is an optional one: npm install --include=optional @duckdb/node-api`,
      },
    ];
  }
}

/** The engine's limit, against what this process may have. */
export function memoryFinding(limit: string, available: number = availableMemory()): Finding {
  const told = `the engine uses up to ${limit} of ${sizeText(available)}, then spills to disk`;
  if (bytesOf(limit) <= available) return { about: 'memory', state: 'ok', told };
  return {
    about: 'memory',
    state: 'warning',
    told,
    advice: `This process would be killed before: createSession({ memoryLimit: '${Math.max(1, Math.floor((available * 0.6) / 1e9))}GB' }).`,
  };
}

/** What a container allows, where this is one; else what the machine has. */
function availableMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

function bytesOf(size: string): number {
  const [, number = '0', unit = ''] = /^([\d.]+) ([KMGT]?i?B|bytes)/.exec(size) ?? [];
  const power = 'KMGT'.indexOf(unit.charAt(0)) + 1;
  return Number(number) * (unit.includes('i') ? 1024 : 1000) ** power;
}
