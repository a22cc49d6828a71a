import type { Locator, Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access`;

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  await expect(target, 'reached with Tab').toBeFocused();
}

test('the first Tab offers to skip to the content', async ({ page, open }) => {
  await open(path);
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});

test('slash goes to the search, which works without a mouse', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  await page.keyboard.press('/');
  await expect(access.search).toBeFocused();
  await page.keyboard.type('research');
  await expect(page).toHaveURL(`${path}?q=research`);
  await expect(access.search).toBeFocused();
  await expect(access.search).toHaveValue('research');
  // In a field it is a letter like any other.
  await page.keyboard.type('/');
  await expect(access.search).toHaveValue('research/');
});

test('a filter: open, choose, close, and the focus is where it was', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  const chip = access.dropdown(/^Role/);
  await tabTo(page, chip);
  await page.keyboard.press('Enter');
  const owner = page.getByRole('checkbox', { name: 'Owner' });
  await tabTo(page, owner);
  await page.keyboard.press('Space');
  await expect(page).toHaveURL(`${path}?role=owner`);
  await expect(owner).toBeChecked();
  await page.keyboard.press('Escape');
  await expect(owner).toBeHidden();
  await expect(chip).toBeFocused();
});

test('ordering and paging', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  const email = access.heading('Email').getByRole('link');
  await tabTo(page, email);
  await page.keyboard.press('Enter');
  await expect(access.heading('Email')).toHaveAttribute('aria-sort', 'ascending');
  await expect(email).toBeFocused();
  const next = access.pager.getByRole('link', { name: 'Next page' });
  await next.focus();
  await page.keyboard.press('Enter');
  await expect(access.pager).toContainText('51–100');
});

test('a row’s menu and dialog: arrows, Escape, and the focus comes back', async ({ page, open, api }) => {
  const email = `${unique('key')}@example.com`;
  await api.join('Kim Keyboard', email);
  await open(`${path}?q=${email}`);
  const access = new AccessPage(page);
  const button = access.row(email).getByRole('button', { name: 'Actions for Kim Keyboard' });
  await tabTo(page, button);
  await page.keyboard.press('Enter');
  const item = (name: string): Locator => page.getByRole('menuitem', { name });
  await expect(item('Edit allowed providers')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(item('Change role')).toBeFocused();
  await page.keyboard.press('End');
  await expect(item('Remove…')).toBeFocused();
  await page.keyboard.press('Home');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toBeHidden();
  await expect(button).toBeFocused();

  await page.keyboard.press('Enter');
  await expect(item('Edit allowed providers')).toBeFocused();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
  await expect(dialog.getByRole('searchbox')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(dialog.getByRole('status')).toContainText('Adds 1.');
  // The focus stays inside a dialog.
  for (let presses = 0; presses < 15; presses++) {
    await page.keyboard.press('Tab');
    const inside = await dialog.evaluate((element) => element.contains(document.activeElement) || document.activeElement === document.body);
    expect(inside).toBe(true);
  }
  // What was chosen is not lost by a slip.
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Keep editing' })).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});

test('the whole of assigning without a mouse', async ({ page, open, api }) => {
  const email = `${unique('kb')}@example.com`;
  const { member } = await api.join('Kay Board', email);
  await open(`${path}?q=${email}`);
  const access = new AccessPage(page);
  await tabTo(page, access.row(email).getByRole('button', { name: 'Assign providers to Kay Board' }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
  await expect(dialog.getByRole('searchbox')).toBeFocused();
  await tabTo(page, dialog.getByRole('button', { name: 'Select all' }));
  await page.keyboard.press('Enter');
  await tabTo(page, dialog.getByRole('button', { name: 'Save' }));
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  expect((await api.row(member)).providers.length).toBeGreaterThan(0);
  // The control that was used is gone; the focus is still in its row.
  await expect(access.row(email).getByRole('button', { name: 'Actions for Kay Board' })).toBeFocused();
});
