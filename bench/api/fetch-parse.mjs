// The pages of an API as row objects in JavaScript: node api/fetch-parse.mjs <url>
const [url] = process.argv.slice(2);
const start = performance.now();
const rows = [];
for (let page = 1, pages = 1; page <= pages; page++) {
  const response = await fetch(`${url}?page=${page}`);
  const answer = JSON.parse(await response.text());
  pages = answer.meta.pages;
  for (const row of answer.data.items) rows.push(row);
}
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: rows.length }));
