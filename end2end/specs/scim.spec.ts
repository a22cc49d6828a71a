import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { client, setUp } from '../support/api';
import { expect, ORG, test, unique } from '../support/test';

const run = promisify(execFile);
/** Where the programs for Python are (script/lib.sh). */
const programs = path.dirname(process.env.CLIENTS_PYTHON ?? '/usr/bin/python3');

const settings = `/o/${ORG}/settings/scim`;

test('a token is made, works where the page says, and is revoked @nojs', async ({ page, open, playwright }) => {
  const name = unique('Directory');
  await open(settings);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Expires after').selectOption({ label: '90 days' });
  await page.getByRole('button', { name: 'Create token' }).click();
  const secret = page.getByLabel('The token');
  await expect(secret).toHaveText(/^gatehouse_scim_[\w-]{43}$/);
  const token = await secret.innerText();
  const address = await page.getByLabel('Address', { exact: true }).innerText();
  expect(address).toMatch(new RegExp(`/o/${ORG}/scim/v2$`));

  const directory = await playwright.request.newContext({ extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  const users = `${new URL(page.url()).origin}${new URL(address).pathname}/Users`;
  const found = await directory.get(users);
  expect([found.status(), (await found.json()).totalResults]).toEqual([200, 0]);

  await open(settings);
  await expect(page.getByText(token)).toHaveCount(0);
  const row = page.getByRole('listitem').filter({ hasText: name }).first();
  await expect(row).toContainText('Last used');
  await row.getByText('Revoke…').click();
  await row.getByRole('button', { name: `Revoke "${name}"` }).click();
  await expect(page.getByText('Token revoked.')).toBeVisible();
  await expect(page.getByText(name)).toHaveCount(0);
  expect((await directory.get(users)).status()).toBe(401);
  await directory.dispose();
});

test('two testers of SCIM servers find nothing wrong', async ({ startServer }) => {
  const server = await startServer();
  const { org, state } = await setUp(server);
  const http = await client(server.url, state);
  const form = { do: 'create', name: 'Testers', lifetime: '30d' };
  const made = await (await http.post(`/o/${org}/settings/scim`, { form })).text();
  const [token = ''] = /gatehouse_scim_[\w-]{43}/.exec(made) ?? [];
  const url = `${server.url}/o/${org}/scim/v2`;
  // One fails also when it skips something, which is searching users and groups at once: its lines say what was wrong.
  const asked = ['--url', url, '--header', `Authorization: Bearer ${token}`, 'test'];
  const { stdout } = await run(path.join(programs, 'scim2'), asked).catch((failed: { stdout: string }) => failed);
  const results = stdout.split('\n').filter((line) => /^[A-Z]+ \w+$/.test(line));
  expect(results.length).toBeGreaterThan(40);
  const skipped = 'SKIPPED search_with_attributes';
  expect(results.filter((line) => !line.startsWith('SUCCESS ') && line !== skipped), stdout).toEqual([]);
  await run(path.join(programs, 'scim-sanity'), ['probe', url, '--token', token, '--i-accept-side-effects']);
  await http.dispose();
});
