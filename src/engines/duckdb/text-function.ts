import type { Connections } from './connections.ts';
import { nodeApi } from './node-api.ts';

/** Makes a function of JavaScript one of the engine's, from text to text; null is null. It must not throw. */
export async function registerTextFunction(
  connections: Connections,
  name: string,
  map: (text: string) => string,
): Promise<void> {
  const { DuckDBScalarFunction, VARCHAR } = nodeApi;
  const made = DuckDBScalarFunction.create({
    name,
    parameterTypes: [VARCHAR],
    returnType: VARCHAR,
    mainFunction: (_, input, output) => {
      const texts = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row++) {
        const text = texts.getItem(row);
        output.setItem(row, typeof text === 'string' ? map(text) : null);
      }
      output.flush();
    },
  });
  await connections.lend(async (connection) => connection.registerScalarFunction(made));
}
