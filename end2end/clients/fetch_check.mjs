// Node's own `fetch`, which sends a body that is refused before it was read: node fetch_check.mjs BASE_URL KEY
// Prints one line of JSON for each try: what came of it. Whoever runs it judges.

const [baseURL, key] = process.argv.slice(2);
// More than a request may have, and more than sockets hold.
const oversized = JSON.stringify({ model: 'basic', messages: [{ role: 'user', content: 'x'.repeat(32 * 1024 * 1024) }] });
const large = JSON.stringify({ model: 'basic', messages: [{ role: 'user', content: 'x'.repeat(8 * 1024 * 1024) }] });

async function ask(name, apiKey, body) {
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const answer = await fetch(`${baseURL}/chat/completions`, { method: 'POST', headers, body });
  const { error } = await answer.json();
  console.log(JSON.stringify({ name, status: answer.status, code: error.code, told: error.message.length > 0 }));
}

for (let again = 0; again < 10; again++) {
  await ask(`oversized ${again}`, key, oversized);
  await ask(`wrong key ${again}`, 'gk_wrong', large);
}
