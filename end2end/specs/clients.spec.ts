import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { AnsweringProvider } from '../support/answering';
import { Api, setUp, type Joined } from '../support/api';
import { status } from '../support/guard';
import { keyItem, makeKey } from '../support/keys';
import { expect, test as base } from '../support/test';

const run = promisify(execFile);
const folder = path.resolve(__dirname, '../clients');

/** An organization with a provider that somebody may use, and one that nobody may. */
interface World {
  url: string;
  path: string;
  owner: Api;
  provider: number;
  ana: Joined;
  /** Ana's own API. */
  api: Api;
  windows: { owner: import('@playwright/test').Page; ana: import('@playwright/test').Page };
}

const test = base.extend<{ world: World }>({
  world: async ({ startServer, openWindow }, use) => {
    const lab = await AnsweringProvider.start(['basic', 'org/deep:1b']);
    const vault = await AnsweringProvider.start(['hidden']);
    const server = await startServer({ env: { GATEHOUSE_ALLOW_PRIVATE_PROVIDERS: 'true' } });
    const { org, api: owner, state } = await setUp(server);
    const provider = await owner.provider('Lab', { base_url: lab.url });
    const other = await owner.provider('Vault', { base_url: vault.url });
    for (const { id } of [provider, other]) await owner.call('test_provider', { provider: id });
    const ana = await owner.join('Ana Asker', 'ana@example.com');
    const api = await Api.open(server.url, org, ana.state);
    await use({
      url: server.url,
      path: `/o/${org}`,
      owner,
      provider: provider.id,
      ana,
      api,
      windows: { owner: await openWindow({ server, state }), ana: await openWindow({ server, state: ana.state }) },
    });
    await api.close();
    await owner.close();
    lab.stop();
    vault.stop();
  },
});

/** What a client said, by what was tried. */
function said(output: string): Record<string, Record<string, unknown>> {
  const lines = output.trim().split('\n').map((line) => JSON.parse(line) as { name: string });
  return Object.fromEntries(lines.map(({ name, ...rest }) => [name, rest]));
}

/** What either official client must say. */
function expectRight(got: Record<string, Record<string, unknown>>): void {
  expect(got).toEqual({
    list: { ids: ['basic', 'lab/basic', 'lab/org/deep:1b', 'org/deep:1b'] },
    retrieve: { id: 'lab/org/deep:1b' },
    chat: { text: 'Grüße 🌻', tokens: 12 },
    stream: { text: 'one piece after the other', several: true },
    tools: { function: 'lookup', arguments: { q: 'ü' } },
    structured: { value: { city: 'Paris' } },
    embeddings: { vectors: [[1, 0.5], [1, 0.5]] },
    'wrong key': { kind: 'AuthenticationError', status: 401, code: 'unauthenticated', param: null },
    'unknown model': { kind: 'NotFoundError', status: 404, code: 'unknown_model', param: 'model' },
    'not allowed': { kind: 'PermissionDeniedError', status: 403, code: 'provider_not_allowed', param: 'model' },
    'bad request': { kind: 'BadRequestError', status: 400, code: 'stream_invalid', param: 'stream' },
    'provider refuses': { kind: 'BadRequestError', status: 400, code: 'rather_not', param: null },
    'provider breaks': { kind: 'InternalServerError', status: 502, code: 'upstream_closed', param: null },
    'too many': { kind: 'RateLimitError', status: 429, code: 'requests_per_minute', param: null },
  });
}

const python = process.env.CLIENTS_PYTHON ?? 'python3';

for (const [language, command, script] of [
  ['Python', python, 'openai_check.py'],
  ['JavaScript', process.execPath, 'openai_check.mjs'],
] as const) {
  test(`the official client for ${language} finds what it expects`, async ({ world }) => {
    await world.owner.allow(world.ana.member, [world.provider]);
    const { secret } = await makeKey(world.api, null, 'ci', { requests_per_minute: 60 });
    const { stdout } = await run(command, [path.join(folder, script), `${world.url}/v1`, secret, 'lab/org/deep:1b']);
    expectRight(said(stdout));
  });
}

test("Anthropic's official client for Python finds what it expects", async ({ world }) => {
  const provider = await AnsweringProvider.start(['claude-test']);
  const settings = { api_type: 'anthropic', base_url: provider.url, credential: 'sk-ant-test' };
  const { id } = await world.owner.provider('Claude', settings);
  await world.owner.call('test_provider', { provider: id });
  await world.owner.allow(world.ana.member, [world.provider, id]);
  const { secret } = await makeKey(world.api, null, 'ci');
  const script = path.join(folder, 'anthropic_check.py');
  const { stdout } = await run(python, [script, world.url, secret, 'claude/claude-test']);
  const answered = { stop: 'end_turn', tokens: [7, 5] };
  expect(said(stdout)).toEqual({
    whole: { text: 'Grüße 🌻', ...answered },
    stream: { text: 'one piece after the other', several: true, ...answered },
    count: { tokens: 7 },
    'wrong key': { kind: 'AuthenticationError', status: 401, type: 'authentication_error', code: 'unauthenticated' },
    'unknown model': { kind: 'NotFoundError', status: 404, type: 'invalid_request_error', code: 'unknown_model' },
    "not Anthropic's": { kind: 'NotFoundError', status: 404, type: 'invalid_request_error', code: 'not_anthropic' },
    'provider refuses': { kind: 'BadRequestError', status: 400, type: 'invalid_request_error', code: null },
    'provider breaks': { kind: 'InternalServerError', status: 502, type: 'api_error', code: 'upstream_closed' },
    'stream breaks': { kind: 'APIStatusError', status: 200, type: 'api_error', code: 'upstream_closed' },
  });
  provider.stop();
});

test('the official clients understand a budget that is used up, and do not try again', async ({ world }) => {
  const { secret } = await makeKey(world.api, null, 'ci');
  await world.owner.allow(world.ana.member, [world.provider]);
  await world.owner.send('budgets', { do: 'create', scope: 'organization', unit: 'requests', limit: '0', period: 'month', mode: 'normal' });
  const { stdout } = await run(python, [path.join(folder, 'budget_check.py'), world.url, secret, 'basic', 'basic']);
  const refused = { kind: 'RateLimitError', status: 429, code: 'budget_exceeded', requests: 1 };
  expect(said(stdout)).toEqual({ openai: refused, anthropic: refused });
  let requests = 0;
  const client = new OpenAI({
    baseURL: `${world.url}/v1`,
    apiKey: secret,
    fetch: (to, options) => {
      requests += 1;
      return fetch(to, options);
    },
  });
  const asked = client.chat.completions.create({ model: 'basic', messages: [{ role: 'user', content: 'echo hi' }] });
  await expect(asked).rejects.toMatchObject({ status: 429, code: 'budget_exceeded' });
  expect(requests).toBe(1);
});

test("Node's fetch reads every refusal of a body that was not read", async ({ world }) => {
  const { secret } = await makeKey(world.api, null, 'ci');
  const { stdout } = await run(process.execPath, [path.join(folder, 'fetch_check.mjs'), `${world.url}/v1`, secret]);
  const tries = Array.from({ length: 10 }, (_, again) => [
    [`oversized ${again}`, { status: 413, code: 'body_too_large', told: true }],
    [`wrong key ${again}`, { status: 401, code: 'unauthenticated', told: true }],
  ]);
  expect(said(stdout)).toEqual(Object.fromEntries(tries.flat()));
});

test('what is assigned can be used in Chat and by a program, and no longer when it is taken away', async ({ world, errors }) => {
  errors.allow(status(403));
  const { ana, owner } = world.windows;
  await ana.goto(`${world.path}/chat`);
  await expect(ana.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(ana.getByRole('textbox', { name: 'Your message' })).toHaveCount(0);

  // Assigned: there at most one navigation later.
  await world.owner.allow(world.ana.member, [world.provider]);
  await ana.goto(`${world.path}/chat`);
  await expect(ana.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await expect(ana.getByRole('button', { name: /^Model:.*Lab/ })).toBeVisible();
  const field = ana.getByRole('textbox', { name: 'Your message' });
  await field.fill('echo hello there');
  await field.press('Enter');
  await expect(ana.getByRole('article', { name: 'Answer' })).toContainText('hello there');

  // A key, used by a real client.
  const { secret } = await makeKey(world.api, null, 'laptop');
  const client = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: secret, maxRetries: 0 });
  const ask = () => client.chat.completions.create({ model: 'basic', messages: [{ role: 'user', content: 'echo hi' }] });
  expect((await ask()).choices[0]?.message.content).toBe('hi');

  // Taken away: the next send is refused with the reason, in both.
  const row = (await world.owner.rows('ana@example.com'))[0];
  const change = { version: row?.version, added: [], removed: [world.provider] };
  await world.owner.call('set_providers', { member: world.ana.member, change });
  await field.fill('echo again');
  await field.press('Enter');
  await expect(ana.getByRole('alert')).toContainText('not one of your allowed providers');
  await expect(ask()).rejects.toMatchObject({ status: 403, code: 'provider_not_allowed' });

  // Given back, and the key revoked from the member's page.
  await world.owner.allow(world.ana.member, [world.provider]);
  expect((await ask()).choices[0]?.message.content).toBe('hi');
  await owner.goto(`${world.path}/access/${world.ana.member}`);
  await expect(owner.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await keyItem(owner, 'laptop').getByRole('button', { name: 'Revoke laptop' }).click();
  await owner.getByRole('dialog').getByRole('button', { name: /^Revoke/ }).click();
  await expect(owner.getByText('1 revoked key')).toBeVisible();
  await expect(ask()).rejects.toMatchObject({ status: 401, code: 'key_revoked' });
  // What was asked is told there, too.
  await expect.poll(async () => {
    await owner.reload();
    return owner.getByText(/In the last 30 days: \d+ requests/).innerText();
  }).toMatch(/4 requests.*1 in Chat; 1 refused/);
});
