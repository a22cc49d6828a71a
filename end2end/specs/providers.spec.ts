import type { Locator, Page } from '@playwright/test';
import { setUp } from '../support/api';
import { expect, ORG, test, unique } from '../support/test';
import { Upstream } from '../support/upstream';

const path = `/o/${ORG}/providers`;

const row = (page: Page, name: string): Locator =>
  page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });

async function choose(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

test('registers one: the slug follows the name, the base URL the API type', async ({ page, open }) => {
  const name = `Zürich ${unique('lab')}`;
  await open(path);
  await page.getByRole('button', { name: 'Add provider' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add provider' });
  await dialog.getByLabel('Name').fill(name);
  await expect(dialog.getByLabel('Slug')).toHaveValue(name.toLowerCase().replace('ü', 'u').replace(' ', '-'));
  for (const [type, url] of [
    ['Anthropic', 'https://api.anthropic.com/v1'],
    ['Google Gemini', 'https://generativelanguage.googleapis.com/v1beta'],
    ['Ollama', 'http://127.0.0.1:11434'],
    ['OpenAI', 'https://api.openai.com/v1'],
  ] as const) {
    await dialog.getByLabel('API type').selectOption(type);
    await expect(dialog.getByLabel('Base URL')).toHaveValue(url);
  }
  await dialog.getByLabel('Credential', { exact: true }).fill('sk-test-never-shown');
  await dialog.getByLabel('Description').fill('For the end-to-end tests');
  await dialog.getByRole('button', { name: 'Add provider' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, name)).toContainText('Active');
  await expect(row(page, name)).toContainText('OpenAI');
  await expect(row(page, name)).toContainText('No members');

  // What was typed as a credential never comes back.
  const html = await (await page.request.get(path)).text();
  expect(html).toContain(name);
  expect(html).not.toContain('never-shown');
  await choose(page, name, 'Edit…');
  await expect(page.getByRole('dialog').getByLabel('Credential', { exact: true })).toHaveValue('');
});

test('names entered by hand are what Chat and the gateway offer, and Azure has its version', async ({ page, open, api }) => {
  const name = unique('Azure');
  await open(path);
  await page.getByRole('button', { name: 'Add provider' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add provider' });
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await expect(dialog.getByLabel('API version')).toBeHidden();
  await dialog.getByLabel('API type').selectOption('Azure OpenAI');
  await dialog.getByLabel('Base URL').fill('https://ours.openai.azure.com/openai/v1?api-version=2024-10-21');
  await dialog.getByLabel('Models').fill(' our-gpt \n\nour-small\nour-gpt');
  await expect(dialog.getByLabel('Base URL')).toHaveValue('https://ours.openai.azure.com/openai/v1');
  await expect(dialog.getByLabel('API version')).toHaveValue('2024-10-21');
  await dialog.getByRole('button', { name: 'Add provider' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, name)).toContainText('2 models entered by hand');
  await choose(page, name, 'Edit…');
  const edit = page.getByRole('dialog', { name: `Edit ${name}` });
  await expect(edit.getByLabel('Models')).toHaveValue('our-gpt\nour-small');
  await edit.getByLabel('Models').fill('one, two');
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(edit.getByLabel('Models')).toHaveAccessibleDescription(/one model name on each line/);
  const { providers: all } = await api.call<{ providers: { name: string; models: string[] }[] }>('list_providers');
  expect(all.find((provider) => provider.name === name)?.models).toEqual(['our-gpt', 'our-small']);
});

test('a double click registers one', async ({ page, open, api }) => {
  const name = unique('Twice');
  await open(path);
  await page.getByRole('button', { name: 'Add provider' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Add provider' }).dblclick();
  await expect(dialog).toBeHidden();
  const { providers: all } = await api.call<{ providers: { name: string }[] }>('list_providers');
  expect(all.filter((provider) => provider.name === name)).toHaveLength(1);
});

test('says at the field what is wrong, and keeps what was typed', async ({ page, open, errors, api }) => {
  errors.allow(/responded with a status of (409|422)/);
  const taken = unique('Taken');
  await api.provider(taken);
  await open(path);
  await page.getByRole('button', { name: 'Add provider' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Base URL').fill('not a url');
  await dialog.getByRole('button', { name: 'Add provider' }).click();
  await expect(dialog.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByLabel('Base URL')).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByLabel('Base URL')).toHaveValue('not a url');
  await expect(dialog.getByLabel('Base URL')).toHaveAccessibleDescription(/\w/);

  await dialog.getByLabel('Base URL').fill('https://models.example.com/v1');
  await dialog.getByLabel('Name').fill(taken.toUpperCase());
  await dialog.getByRole('button', { name: 'Add provider' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await expect(dialog.getByLabel('Name')).toHaveValue(taken.toUpperCase());
});

test('edits one', async ({ page, open, api }) => {
  const name = unique('Before');
  await api.provider(name);
  await open(path);
  await choose(page, name, 'Edit…');
  const dialog = page.getByRole('dialog', { name: `Edit ${name}` });
  await expect(dialog.getByLabel('Slug')).toBeDisabled();
  await dialog.getByLabel('Name').fill(`${name} after`);
  await dialog.getByLabel('Description').fill('Renamed');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, `${name} after`)).toContainText('Renamed');
  await page.reload();
  await expect(row(page, `${name} after`)).toBeVisible();
});

test('two who edit the same one: the second sees both and chooses', async ({ page, open, openWindow, demo, api }) => {
  const name = unique('Shared');
  await api.provider(name);
  const other = await openWindow({ state: await demo('admin') });
  await open(path);
  await open(path, other);
  for (const window of [page, other]) await choose(window, name, 'Edit…');
  await other.getByRole('dialog').getByLabel('Description').fill('Theirs');
  await other.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(other.getByRole('dialog')).toBeHidden();

  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Description').fill('Mine');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('cell', { name: 'Theirs' })).toBeVisible();
  await expect(dialog.getByRole('cell', { name: 'Mine' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Overwrite with mine' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, name)).toContainText('Mine');
});

test('deactivates, saying whom it hits, and activates with its grants kept', async ({ page, open, api }) => {
  const name = unique('Switch');
  const { id } = await api.provider(name);
  const { member } = await api.join('Sven Switch', `${unique('sven')}@example.com`);
  await api.allow(member, [id]);
  await open(path);
  await choose(page, name, 'Deactivate…');
  const dialog = page.getByRole('dialog', { name: `Deactivate ${name}?` });
  await expect(dialog).toContainText('1 member');
  await dialog.getByRole('button', { name: `Deactivate ${name}` }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, name)).toContainText('Inactive');
  await choose(page, name, 'Activate');
  await expect(row(page, name)).toContainText('Active');
  await expect(row(page, name)).toContainText('1 member');
  expect((await api.row(member)).providers.map((provider) => provider.name)).toEqual([name]);
});

test('deletes, saying how many lose it', async ({ page, open, api }) => {
  const name = unique('Doomed');
  const { id } = await api.provider(name);
  for (const person of ['Ann', 'Bob']) {
    const { member } = await api.join(person, `${unique(person.toLowerCase())}@example.com`);
    await api.allow(member, [id]);
  }
  await open(path);
  await choose(page, name, 'Delete…');
  const dialog = page.getByRole('dialog', { name: `Delete ${name}?` });
  await expect(dialog).toContainText('2 members');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(row(page, name)).toBeVisible();
  await choose(page, name, 'Delete…');
  await dialog.getByRole('button', { name: `Delete ${name}` }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, name)).toHaveCount(0);
});

test('cards and footer count, search and filters narrow @nojs', async ({ page, open, api }) => {
  await open(path);
  const { providers: all } = await api.call<{ providers: { name: string; status: string; api_type: string }[] }>('list_providers');
  const card = (label: string): Locator => page.getByRole('listitem').filter({ hasText: new RegExp(`^\\s*\\d+\\s*${label}\\s*$`) });
  const inactive = all.filter((provider) => provider.status === 'inactive');
  expect(inactive.length, 'the demo has an inactive provider').toBeGreaterThan(0);
  await expect(card('Providers')).toContainText(String(all.length));
  await expect(card('Active')).toContainText(String(all.length - inactive.length));
  await expect(card('Inactive')).toContainText(String(inactive.length));
  await expect(card('API types')).toContainText(String(new Set(all.map((provider) => provider.api_type)).size));

  await open(`${path}?status=inactive`);
  await expect(page.getByRole('combobox', { name: 'Status' })).toHaveValue('inactive');
  await expect(page.getByRole('row')).toHaveCount(inactive.length + 1);
  await expect(page.getByText(`${inactive.length} shown`)).toBeVisible();
});

test('the search narrows as one types', async ({ page, open, api }) => {
  const name = unique('Needle');
  await api.provider(name);
  await open(path);
  await page.getByRole('searchbox', { name: 'Search providers' }).fill(name.toUpperCase());
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page).toHaveURL(new RegExp(`q=${name.toUpperCase()}`));
  await page.getByRole('searchbox', { name: 'Search providers' }).fill('zzz-nothing');
  await expect(page.getByText('No matching providers')).toBeVisible();
  await page.getByRole('link', { name: 'Clear search and filters' }).click();
  await expect(row(page, name)).toBeVisible();
});

test('an address in the server’s own network is refused unless the operator allows it', async ({ page, open, api }) => {
  const upstream = await Upstream.start();
  const name = unique('Inside');
  await api.provider(name, { base_url: upstream.url });
  await open(path);
  await page.getByRole('button', { name: `Test ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: `Test ${name}` });
  await expect(dialog.getByRole('alert')).toContainText('private or local address');
  expect(upstream.requests).toEqual([]);
  await upstream.stop();
});

test('tests the connection and says in plain words how it went', async ({ startServer, openWindow, open }) => {
  const server = await startServer({ env: { GATEHOUSE_ALLOW_PRIVATE_PROVIDERS: 'true' } });
  const { org, state, api } = await setUp(server);
  const upstream = await Upstream.start();
  await api.provider('Lab', { base_url: upstream.url, credential: 'sk-lab-1' });
  const page = await openWindow({ server, state });
  await open(`/o/${org}/providers`, page);
  await page.getByRole('button', { name: 'Test Lab' }).click();
  const dialog = page.getByRole('dialog', { name: 'Test Lab' });
  const again = async (text: string | RegExp): Promise<void> => {
    await dialog.getByRole('button', { name: 'Test again' }).click();
    await expect(dialog.getByRole('alert')).toContainText(text);
  };

  await expect(dialog.getByText('It answers, but offers no models')).toBeVisible();
  upstream.offers('llama3.1:8b', 'qwen3:30b');
  await dialog.getByRole('button', { name: 'Test again' }).click();
  await expect(dialog.getByText('It works: 2 models.')).toBeVisible();
  await expect(dialog.getByRole('listitem')).toHaveText(['llama3.1:8b', 'qwen3:30b']);
  expect(upstream.requests[0]).toEqual({ path: '/v1/models', authorization: 'Bearer sk-lab-1' });

  upstream.answers(401, '{"error": "no"}');
  await again('refuses the credential (401)');
  upstream.answers(200, '<html>welcome</html>');
  await again('not with JSON');
  upstream.answers(404, '');
  await again('no model list at this address (404)');
  upstream.answers(503, '');
  await again('reports an error (503)');
  await upstream.stop();
  await again('refused the connection');
  await api.close();
});

test('the page of one tells who has it, and changes it right there', async ({ page, open, api, openWindow, demo }) => {
  const word = unique('page');
  const made = await api.provider(`Page ${word}`);
  const person = await api.join(`Pia ${word}`, `${word}@example.com`);
  await api.allow(person.member, [made.id]);
  await open(path);
  await page.getByRole('link', { name: `Page ${word}`, exact: true }).click();
  await expect(page).toHaveURL(`${path}/${made.slug}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Page ${word}`);
  const member = page.getByRole('row').filter({ hasText: word });
  await expect(member).toContainText('Not in 30 days');
  await expect(page.getByText('No usage in the last 30 days')).toBeVisible();

  await page.getByRole('button', { name: 'Edit…' }).click();
  const edit = page.getByRole('dialog', { name: `Edit Page ${word}` });
  await edit.getByLabel('Description').fill('For the page of it');
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('definition').filter({ hasText: 'For the page of it' })).toBeVisible();
  await page.getByRole('button', { name: 'Deactivate…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Deactivate/ }).click();
  await expect(page.getByRole('button', { name: 'Activate', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Activate', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Deactivate…' })).toBeVisible();

  // The same is read without scripts.
  const plain = await openWindow({ state: await demo('owner'), context: { javaScriptEnabled: false } });
  await plain.goto(`${path}/${made.slug}`);
  await expect(plain.getByRole('row').filter({ hasText: word })).toBeVisible();
  await expect(plain.getByRole('button', { name: 'Edit…' })).toBeHidden();

  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Delete/ }).click();
  await expect(page).toHaveURL(path);
  await expect(page.getByRole('link', { name: `Page ${word}`, exact: true })).toHaveCount(0);
});

test('models are switched off one after the other, faster than the page follows', async ({ page, open, api }) => {
  const made = await api.provider(unique('Switch'), { models: ['first', 'second', 'third'] });
  await open(`${path}/${made.slug}`);
  const model = (name: string): Locator => page.getByRole('listitem').filter({ hasText: name });
  let bothAsked = (): void => undefined;
  const both = new Promise<void>((resolve) => (bothAsked = resolve));
  await page.route('**/api/ui/set_model', async (route) => {
    // The second is answered when the page shows what became of the first.
    if (route.request().postData()?.includes('"second"')) {
      bothAsked();
      await expect(model('first').getByText('Off', { exact: true })).toBeVisible();
    } else {
      await both;
    }
    await route.continue();
  });
  await page.getByText('first', { exact: true }).click();
  await page.getByText('second', { exact: true }).click();
  for (const name of ['first', 'second']) {
    await expect(model(name).getByText('Off', { exact: true })).toBeVisible();
    await expect(page.getByRole('checkbox', { name: new RegExp(`^${name}`) })).not.toBeChecked();
  }
  await expect(page.getByRole('checkbox', { name: 'third', exact: true })).toBeChecked();
});
