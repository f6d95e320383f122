// 1,000,000 records over HTTP, in pages that are made before the first is asked for: node api/server.mjs
// Prints its url when it listens.
import { createServer } from 'node:http';

const records = 1_000_000;
const size = 5_000;
const regions = ['north', 'south', 'east', 'west'];
const two = (n) => String(n).padStart(2, '0');

function record(i) {
  const hash = (i * 2_654_435_761) % 4_294_967_296;
  const customer = hash % 99_991;
  const day = `2024-${two(1 + (hash % 12))}-${two(1 + (hash % 28))}`;
  const note = i % 5 === 0 ? 'null' : `"note ${hash % 1000}, as the \\"customer\\" wrote it"`;
  return `{"id":${i},"sku":"SKU-${hash % 5000}","customer":{"name":"Customer ${customer}","email":"c${customer}@example.com"},"quantity":${hash % 17},"price":${((hash % 100_000) / 100).toFixed(2)},"paid":${hash % 3 === 0},"region":"${regions[hash % 4]}","sold_at":"${day}T${two(hash % 24)}:${two(hash % 60)}:00Z","note":${note}}`;
}

const pages = Array.from({ length: records / size }, (_, page) => {
  const items = Array.from({ length: size }, (_, i) => record(page * size + i + 1));
  return Buffer.from(`{"data":{"items":[${items.join(',')}]},"meta":{"pages":${records / size},"total":${records}}}`);
});

const server = createServer((request, response) => {
  const page = Number(new URL(request.url, 'http://localhost').searchParams.get('page'));
  const body = pages[page - 1];
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/json', 'content-length': body?.length ?? 0 });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/items`));
