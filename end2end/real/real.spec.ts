import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { Api, setUp } from '../support/api';
import { status } from '../support/guard';
import { makeKey } from '../support/keys';
import { expect, hydrated, test } from '../support/test';

/** Where the real model server answers, without `/v1`. */
const real = process.env.REAL_PROVIDER_URL ?? '';
const slow = { timeout: 120_000 };

test('a real model is reached by Chat and by a program, as long as it is allowed', async ({ startServer, openWindow, errors }) => {
  errors.allow(status(403));
  expect(real, 'set by script/real-provider').not.toBe('');
  const server = await startServer({ env: { GATEHOUSE_ALLOW_PRIVATE_PROVIDERS: 'true' } });
  const { org, api: owner } = await setUp(server);
  const provider = await owner.provider('Llama', { base_url: `${real}/v1` });
  const tried = await owner.call<{ ok: boolean; message: string; models: string[] }>('test_provider', { provider: provider.id });
  expect(tried.ok, tried.message).toBe(true);
  const name = tried.models[0] ?? '';
  const ana = await owner.join('Ana Asker', 'ana@example.com');
  await owner.allow(ana.member, [provider.id]);
  const api = await Api.open(server.url, org, ana.state);

  // By a program, whole and as a stream.
  const { secret } = await makeKey(api, null, 'real');
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: secret, maxRetries: 0 });
  const ids = (await client.models.list()).data.map((found) => found.id);
  expect(ids).toEqual([`llama/${name}`, name].sort());
  const messages = [{ role: 'user' as const, content: 'Say hello in one short sentence.' }];
  const whole = await client.chat.completions.create({ model: `llama/${name}`, messages, max_tokens: 24 });
  expect(whole.choices[0]?.message.content?.trim()).toBeTruthy();
  expect(whole.usage?.completion_tokens).toBeGreaterThan(0);
  let pieces = 0;
  const stream = await client.chat.completions.create({ model: name, messages, max_tokens: 24, stream: true });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) pieces += 1;
  expect(pieces).toBeGreaterThan(1);

  // As the snippet for a shell says.
  const body = JSON.stringify({ model: name, messages, max_tokens: 8 });
  const headers = ['-H', `Authorization: Bearer ${secret}`, '-H', 'Content-Type: application/json'];
  const { stdout } = await promisify(execFile)('curl', ['-sS', `${server.url}/v1/chat/completions`, ...headers, '-d', body]);
  expect((JSON.parse(stdout) as { object: string }).object).toBe('chat.completion');

  // In Chat.
  const page = await openWindow({ server, state: ana.state });
  await page.goto(`/o/${org}/chat`);
  await hydrated(page);
  const field = page.getByRole('textbox', { name: 'Your message' });
  await field.fill('Name one colour. Answer with one word.');
  await field.press('Enter');
  const answer = page.getByRole('article', { name: 'Answer' }).last();
  await expect(answer.getByRole('button', { name: 'Regenerate' })).toBeVisible(slow);
  expect((await answer.innerText()).length).toBeGreaterThan(5);

  // Stopped in the middle, what was written stays.
  await field.fill('Write a very long story about a lighthouse, at least a thousand words.');
  await field.press('Enter');
  await expect(page.getByRole('article', { name: 'Answer' })).toHaveCount(2, slow);
  await expect.poll(async () => (await page.getByRole('article', { name: 'Answer' }).last().innerText()).length, slow).toBeGreaterThan(40);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByRole('article', { name: 'Answer' }).last().getByRole('button', { name: 'Regenerate' })).toBeVisible(slow);

  // Taken away.
  const row = (await owner.rows('ana@example.com'))[0];
  await owner.call('set_providers', { member: ana.member, change: { version: row?.version, added: [], removed: [provider.id] } });
  await expect(client.chat.completions.create({ model: name, messages })).rejects.toMatchObject({ code: 'provider_not_allowed' });
  await api.close();
  await owner.close();
});
