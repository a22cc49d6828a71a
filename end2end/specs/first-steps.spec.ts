import type { Page } from '@playwright/test';
import { setUp } from '../support/api';
import { expect, ORG, test } from '../support/test';

/** The steps as they are read out: title and whether it is done. */
const steps = (page: Page): Promise<string[]> =>
  page.getByRole('main').getByRole('heading', { level: 2 }).evaluateAll((all) => all.map((heading) => heading.textContent?.trim() ?? ''));

test('from an empty organization to the first person with a provider', async ({ startServer, openWindow, open }) => {
  const server = await startServer();
  const { org, state, api } = await setUp(server);
  const page = await openWindow({ server, state });
  const path = `/o/${org}/first-steps`;
  await open(path, page);
  expect(await steps(page)).toEqual([
    'Set up the organization (done)',
    'Add the first provider (to do)',
    'Invite people (to do)',
    'Assign providers (to do)',
  ]);

  await page.getByRole('link', { name: 'Add provider' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add provider' });
  await dialog.getByLabel('Name').fill('First provider');
  await dialog.getByRole('button', { name: 'Add provider' }).click();
  await expect(dialog).toBeHidden();

  await open(path, page);
  expect((await steps(page))[1]).toBe('Add the first provider (done)');
  await page.getByRole('link', { name: 'Show members without providers' }).click();
  await expect(page).toHaveURL(`/o/${org}/access?without=1`);
  await page.getByRole('button', { name: 'Assign providers to Olga Owner' }).click();
  const allowed = page.getByRole('dialog', { name: 'Allowed providers' });
  await allowed.getByRole('checkbox', { name: 'First provider' }).check();
  await allowed.getByRole('button', { name: 'Save' }).click();
  await expect(allowed).toBeHidden();
  await expect(page.getByText('No matching members')).toBeVisible();

  await open(path, page);
  await page.getByRole('link', { name: 'Invite people' }).click();
  await page.getByRole('textbox', { name: 'Email addresses' }).fill('ivy@example.com');
  await page.getByRole('button', { name: /^Invite/ }).click();
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('1 invited');

  await page.getByRole('link', { name: 'First steps' }).click();
  await expect(page.getByText('All done.')).toBeVisible();
  expect((await steps(page)).every((step) => step.endsWith('(done)'))).toBe(true);
  await api.close();
});

test('how access works is told in plain words, from AI Access @nojs', async ({ page, open }) => {
  await open(`/o/${ORG}/access`);
  await page.getByRole('link', { name: 'How access works' }).click();
  await expect(page).toHaveURL(`/o/${ORG}/access/how`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('How access works');
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(['The rule', 'What “None” means', 'What each role can do']);
  const right = (name: RegExp) => page.getByRole('row', { name }).getByRole('cell');
  await expect(right(/^Export members/)).toHaveText(['Yes', 'Yes', 'Yes', 'No']);
  await expect(right(/^Invite people/)).toHaveText(['Yes', 'Yes', 'No', 'No']);
  await page.getByRole('link', { name: 'show members without providers' }).click();
  await expect(page).toHaveURL(`/o/${ORG}/access?without=1`);
});
