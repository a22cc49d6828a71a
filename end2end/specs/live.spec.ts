// What others change comes into an open table by itself, and the table by single keys.

import { AccessPage } from '../support/access';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access`;

test('another admin’s change is in the open table within a second, and the row under the mouse stays', async ({
  page,
  open,
  api,
}) => {
  const tag = unique('live');
  const there = await api.join(`Mo ${tag}`, `mo-${tag}@example.com`);
  await open(`${path}?q=${tag}`);
  const access = new AccessPage(page);
  const row = access.row(`mo-${tag}@example.com`);
  await row.hover();
  const before = await row.boundingBox();

  await api.call('set_role', { member: there.member, version: (await api.row(there.member)).version, role: 'auditor' });
  await expect(await access.cell(row, 'Role')).toHaveText('Auditor', { timeout: 1000 });
  // Comes before it in the order, and the page is too short to be scrolled: it waits until the mouse has left.
  await api.join(`Al ${tag}`, `al-${tag}@example.com`);
  await expect(page.getByText('2 match')).toBeVisible({ timeout: 1000 });
  expect(await row.boundingBox()).toEqual(before);
  await access.search.hover();
  await expect.poll(() => access.column('Email')).toEqual([`al-${tag}@example.com`, `mo-${tag}@example.com`]);
});

test('in a long table a row above comes at once, and the row under the mouse stays', async ({ page, open, api }) => {
  await open(path);
  const access = new AccessPage(page);
  const row = access.rows.nth(5);
  await row.hover();
  const [id, before] = [await row.getAttribute('id'), await row.boundingBox()];
  await api.join(`0 ${unique('first')}`, `${unique('first')}@example.com`);
  await expect(access.rows.nth(6)).toHaveAttribute('id', id ?? '', { timeout: 1000 });
  expect((await access.rows.nth(6).boundingBox())?.y).toBe(before?.y);
});

test('j and k go through the rows, x selects, e opens the providers, ? says which keys there are', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  await page.keyboard.press('j');
  await expect(access.rows.nth(0).getByRole('link').first()).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await expect(access.rows.nth(1).getByRole('link').first()).toBeFocused();
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Shift+X');
  await expect(page.getByRole('region', { name: 'Selection' })).toContainText('3 selected');
  await page.keyboard.press('x');
  await expect(page.getByRole('region', { name: 'Selection' })).toContainText('2 selected');
  await page.keyboard.press('e');
  const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
  await expect(dialog).toBeVisible();
  // In a dialog keys are not for the table.
  await page.keyboard.press('j');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Next row, previous row');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});
