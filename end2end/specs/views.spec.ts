// Saved views in the sidebar, finding anything by Ctrl+K, and who edits the same row.

import { AccessPage } from '../support/access';
import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access`;

test('a search is saved as a view, shared, opened from the sidebar and deleted @nojs', async ({
  page,
  open,
  openWindow,
  demo,
  errors,
}) => {
  errors.allow(status(422));
  const name = unique('Admins ');
  await open(`${path}?role=admin&sort=email&page=1`);
  const access = new AccessPage(page);
  await access.dropdown('Save view').click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('checkbox', { name: /^Share/ }).check();
  await page.getByRole('button', { name: 'Save view' }).click();
  const view = page.getByRole('navigation', { name: 'Organization' }).getByRole('link', { name });
  await expect(page).toHaveURL(`${path}?role=admin&sort=email`);
  await expect(view).toHaveAttribute('aria-current', 'true');

  // Whoever only reads sees it, and has no button to change it.
  const reader = await openWindow({ state: await demo('auditor') });
  await open(`/o/${ORG}/views`, reader);
  await expect(reader.getByRole('main').getByRole('link', { name })).toBeVisible();
  await expect(reader.getByLabel(`Edit ${name}`)).toHaveCount(0);

  // The same name for another search: told so, and nothing typed is lost.
  await open(`${path}?role=owner`);
  await access.dropdown('Save view').click();
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('checkbox', { name: /^Share/ }).check();
  await page.getByRole('button', { name: 'Save view' }).click();
  await expect(page.getByRole('alert').first()).toContainText(`There is a view called “${name}” already`);
  await expect(page.getByRole('textbox', { name: 'Name' }).first()).toHaveValue(name);

  await open(`/o/${ORG}/views`);
  await page.getByLabel(`Edit ${name}`).click();
  await page.getByRole('button', { name: 'Delete view' }).and(page.locator(':visible')).click();
  await expect(page.getByText('View deleted.')).toBeVisible();
  await expect(view).toHaveCount(0);
});

test('Ctrl+K finds people, providers, teams and pages by what is typed', async ({ page, open, ready, api }) => {
  const tag = unique('palette');
  const { member } = await api.join(`Mo ${tag}`, `${tag}@example.com`);
  await open(`/o/${ORG}/providers`);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Find' });
  await expect(palette.getByRole('menuitem', { name: /^Audit log/ })).toBeVisible();
  await page.keyboard.type(tag);
  await expect(palette.getByRole('menuitem')).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await expect(palette.getByRole('menuitem', { name: `Mo ${tag}` })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/access/${member}$`));
  await ready();

  await page.getByRole('button', { name: 'Find' }).click();
  await palette.getByRole('searchbox').fill('audit lo');
  await expect(palette.getByRole('menuitem')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Audit log');
  await ready();
  await page.keyboard.press('Control+k');
  await palette.getByRole('searchbox').fill('<b>zzz');
  await expect(palette.getByRole('status')).toHaveText('Nothing found for “<b>zzz”.');
  // The browser's search field is emptied first.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(palette).toBeHidden();
});

test('two who open the same row are told of each other', async ({ page, open, openWindow, demo, api }) => {
  const email = `${unique('both')}@example.com`;
  await api.join('Bo Both', email);
  await open(`${path}?q=${email}`);
  await new AccessPage(page).choose(email, 'Change role');
  await expect(page.getByRole('dialog', { name: 'Change role' })).toBeVisible();
  const other = await openWindow({ state: await demo('admin') });
  await open(`${path}?q=${email}`, other);
  await new AccessPage(other).choose(email, 'Edit teams');
  await expect(other.getByRole('dialog', { name: 'Edit teams' }).getByRole('status').first()).toContainText('is editing this too');
  await expect(page.getByRole('dialog', { name: 'Change role' }).getByRole('status').first()).toContainText('is editing this too');
});
