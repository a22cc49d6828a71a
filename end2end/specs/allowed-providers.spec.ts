import { AccessPage } from '../support/access';
import type { Api } from '../support/api';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access`;

/** Somebody without providers, and two active ones and an inactive one to give. */
async function world(api: Api) {
  const word = unique('ap');
  const email = `${word}@example.com`;
  const person = await api.join(`Alva ${word}`, email);
  const one = { name: `One ${word}`, ...(await api.provider(`One ${word}`)) };
  const two = { name: `Two ${word}`, ...(await api.provider(`Two ${word}`)) };
  const off = { name: `Off ${word}`, ...(await api.provider(`Off ${word}`)) };
  return { word, email, ...person, one, two, off };
}

test('assigns from “None”', async ({ page, open, api }) => {
  const { email, member, word, one, two } = await world(api);
  await open(`${path}?q=${word}`);
  const access = new AccessPage(page);
  const cell = await access.cell(access.row(email), 'Allowed providers');
  await expect(cell).toContainText('None');
  await cell.getByRole('button', { name: /^Assign/ }).click();

  const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
  await expect(dialog).toContainText(email);
  await expect(dialog.getByRole('searchbox', { name: 'Search providers' })).toBeFocused();
  await expect(dialog.getByRole('status')).toHaveText('No changes');
  await expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
  await dialog.getByRole('searchbox').fill(word);
  await expect(dialog.getByRole('checkbox')).toHaveCount(3);
  await dialog.getByRole('checkbox', { name: one.name }).check();
  await expect(dialog.getByRole('status')).toHaveText('Adds 1. Changes apply immediately, in Chat and for keys.');
  await dialog.getByRole('button', { name: 'Select all' }).click();
  await expect(dialog.getByRole('status')).toContainText('Adds 3.');
  await dialog.getByRole('checkbox', { name: /^Off/ }).uncheck();
  await expect(dialog.getByRole('status')).toContainText('Adds 2.');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();

  await expect(cell).toContainText(one.name);
  await expect(cell).toContainText(two.name);
  await expect(cell).not.toContainText('None');
  expect((await api.row(member)).providers.map((provider) => provider.id).sort()).toEqual([one.id, two.id].sort());
});

test('an inactive one stays visible, greyed, and can be taken but not given', async ({ page, open, api }) => {
  const { email, member, word, one, off } = await world(api);
  await api.allow(member, [off.id]);
  await api.call('set_provider_active', { provider: off.id, active: false });
  await api.call('set_provider_active', { provider: one.id, active: false });
  await open(`${path}?q=${word}`);
  const access = new AccessPage(page);
  const cell = await access.cell(access.row(email), 'Allowed providers');
  await expect(cell).toContainText(`${off.name} (inactive)`);
  await expect(cell).toContainText('None active');

  await access.choose(email, 'Edit allowed providers');
  const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
  await dialog.getByRole('searchbox').fill(word);
  await expect(dialog.getByRole('checkbox', { name: one.name })).toBeDisabled();
  await expect(dialog.getByRole('checkbox', { name: off.name })).toBeChecked();
  await dialog.getByRole('checkbox', { name: off.name }).uncheck();
  await expect(dialog.getByRole('status')).toContainText('Removes 1.');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(cell).toHaveText(/None/);
  expect((await api.row(member)).providers).toEqual([]);
});

test('two editors: the second sees both versions and chooses', async ({ page, open, openWindow, demo, api }) => {
  const { email, member, word, one, two } = await world(api);
  const other = await openWindow({ state: await demo('admin') });
  const dialogs = [];
  for (const window of [page, other]) {
    await open(`${path}?q=${word}`, window);
    await new AccessPage(window).choose(email, 'Edit allowed providers');
    dialogs.push(window.getByRole('dialog', { name: 'Allowed providers' }));
  }
  const [mine, theirs] = dialogs as [(typeof dialogs)[0], (typeof dialogs)[0]];
  await mine.getByRole('checkbox', { name: one.name }).check();
  await theirs.getByRole('checkbox', { name: two.name }).check();
  await theirs.getByRole('button', { name: 'Save' }).click();
  await expect(theirs).toBeHidden();

  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine.getByRole('alert')).toContainText('Someone else changed');
  await expect(mine).toContainText(one.name);
  await expect(mine).toContainText(two.name);
  expect((await api.row(member)).providers.map((provider) => provider.id)).toEqual([two.id]);

  await mine.getByRole('button', { name: 'Use mine' }).click();
  await expect(mine).toBeHidden();
  expect((await api.row(member)).providers.map((provider) => provider.id)).toEqual([one.id]);
});

test('keeping theirs saves nothing', async ({ page, open, api }) => {
  const { email, member, word, one, two } = await world(api);
  await open(`${path}?q=${word}`);
  const access = new AccessPage(page);
  await access.choose(email, 'Edit allowed providers');
  await api.allow(member, [two.id]);
  const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
  await dialog.getByRole('checkbox', { name: one.name }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Keep theirs' }).click();
  await expect(dialog).toBeHidden();
  await expect(await access.cell(access.row(email), 'Allowed providers')).toContainText(two.name);
  expect((await api.row(member)).providers.map((provider) => provider.id)).toEqual([two.id]);
});

test('a failure stays in the dialog with what was chosen', async ({ page, open, api, errors }) => {
  errors.allow(/net::ERR_FAILED/);
  const { email, word, one } = await world(api);
  await open(`${path}?q=${word}`);
  const access = new AccessPage(page);
  await access.choose(email, 'Edit allowed providers');
  const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
  await dialog.getByRole('checkbox', { name: one.name }).check();
  await page.route('**/api/ui/set_providers', (route) => route.abort());
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await expect(dialog.getByRole('checkbox', { name: one.name })).toBeChecked();
  await page.unroute('**/api/ui/set_providers');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(await access.cell(access.row(email), 'Allowed providers')).toContainText(one.name);
});
