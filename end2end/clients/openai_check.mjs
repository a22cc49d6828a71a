// The official client for JavaScript, as it is, against a gateway: node openai_check.mjs BASE_URL KEY MODEL
// Prints what openai_check.py prints.

import OpenAI from 'openai';

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const say = (name, result) => console.log(JSON.stringify({ name, ...result }));

async function refused(name, call) {
  try {
    await call();
    say(name, { kind: 'none' });
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    say(name, { kind: error.constructor.name, status: error.status, code: error.code, param: error.param });
  }
}

const chat = (content, more = {}) =>
  client.chat.completions.create({ model, messages: [{ role: 'user', content }], ...more });

const ids = [];
for await (const found of client.models.list()) ids.push(found.id);
say('list', { ids });
say('retrieve', { id: (await client.models.retrieve(model)).id });

const answer = await chat('echo Grüße 🌻');
say('chat', { text: answer.choices[0].message.content, tokens: answer.usage.total_tokens });

const pieces = [];
for await (const chunk of await chat('echo one piece after the other', { stream: true })) {
  if (chunk.choices.length) pieces.push(chunk.choices[0].delta.content ?? '');
}
say('stream', { text: pieces.join(''), several: pieces.filter(Boolean).length > 1 });

const parameters = { type: 'object', properties: { q: { type: 'string' } }, required: ['q'] };
const tools = [{ type: 'function', function: { name: 'lookup', parameters } }];
const call = (await chat('use the tool', { tools })).choices[0].message.tool_calls[0];
say('tools', { function: call.function.name, arguments: JSON.parse(call.function.arguments) });

const schema = { type: 'object', properties: { city: { type: 'string' } } };
const response_format = { type: 'json_schema', json_schema: { name: 'city', schema } };
say('structured', { value: JSON.parse((await chat('structured', { response_format })).choices[0].message.content) });

const vectors = await client.embeddings.create({ model, input: ['a', 'b'], encoding_format: 'float' });
say('embeddings', { vectors: vectors.data.map((found) => found.embedding) });

await refused('wrong key', async () => {
  for await (const _ of new OpenAI({ baseURL, apiKey: 'gk_wrong', maxRetries: 0 }).models.list());
});
await refused('unknown model', () => client.chat.completions.create({ model: 'no-such-model', messages: [] }));
await refused('not allowed', () => client.chat.completions.create({ model: 'vault/hidden', messages: [] }));
await refused('bad request', () => client.chat.completions.create({ model, messages: [], stream: 'yes' }));
await refused('provider refuses', () => chat('refuse this'));
await refused('provider breaks', () => chat('crash'));
await refused('too many', async () => {
  for (let again = 0; again < 100; again++) await chat('echo again');
});
