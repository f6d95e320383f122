import type { PoolClient } from 'pg';

/**
 * The rows of a query as COPY text, in pieces that end anywhere; returns how many rows the server counted. A consumer
 * that stops before the end costs the connection: nothing else ends a COPY without reading the rest of it.
 */
export async function* copyOut(client: PoolClient, query: string): AsyncGenerator<Uint8Array, number> {
  const { to } = await import('pg-copy-streams');
  let fail: (reason: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  // A dead server neither ends the stream nor breaks it: the client alone hears of it.
  const ended = (): void => fail(new Error('Connection terminated unexpectedly'));
  client.on('error', fail);
  client.on('end', ended);
  let done = false;
  const stream = client.query(to(`COPY (${query}\n) TO STDOUT (FORMAT text, ENCODING 'UTF8')`));
  stream.on('error', fail);
  try {
    const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    for (;;) {
      const step = await Promise.race([pieces.next(), failed]);
      if (step.done === true) break;
      yield step.value;
    }
    // The end of the rows may come before the server has said how many there were; the next answer comes after it.
    await Promise.race([client.query('SELECT 1'), failed]);
    done = true;
    return stream.rowCount;
  } catch (error) {
    // An error of the query leaves the connection as it should be; one of the server does not.
    done = (error as { severity?: unknown }).severity === 'ERROR';
    throw error;
  } finally {
    if (!done) client.connection.stream.destroy();
    client.off('error', fail);
    client.off('end', ended);
  }
}
