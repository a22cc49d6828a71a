// Nothing that was typed is lost: not by a slip, not by leaving, not by a session that ends meanwhile.

import type { Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import type { Api, Joined } from '../support/api';
import { makeKey } from '../support/keys';
import { expect, ORG, test, unique } from '../support/test';
import { status } from '../support/guard';

const PROVIDERS = `/o/${ORG}/providers`;

/** A press beside the dialog. */
async function pressBeside(page: Page): Promise<void> {
  await page.mouse.click(4, 4);
}

test.describe('a dialog with changes', () => {
  test('asks before Escape, a press beside it and Cancel close it', async ({ page, open }) => {
    await open(PROVIDERS);
    await page.getByRole('button', { name: 'Add provider' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add provider' });
    const question = page.getByRole('alertdialog', { name: 'You have unsaved changes.' });
    const name = dialog.getByLabel('Name', { exact: true });
    await name.fill('Half typed');
    await dialog.getByLabel('Credential').fill('sk-half');

    const ways: (() => Promise<void>)[] = [
      () => page.keyboard.press('Escape'),
      () => pressBeside(page),
      () => dialog.getByRole('button', { name: 'Cancel' }).click(),
    ];
    for (const leave of ways) {
      await leave();
      await expect(question).toBeVisible();
      await expect(page.getByRole('button', { name: 'Keep editing' })).toBeFocused();
      await page.getByRole('button', { name: 'Keep editing' }).click();
      await expect(question).toBeHidden();
      await expect(name).toHaveValue('Half typed');
      await expect(dialog.getByLabel('Credential')).toHaveValue('sk-half');
    }
    // Escape answers the question like its first button; a second one never discards.
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expect(question).toBeHidden();
    await expect(name).toHaveValue('Half typed');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await expect(dialog).toBeHidden();
  });

  test('closes without a question when there is nothing to lose', async ({ page, open }) => {
    await open(PROVIDERS);
    const add = page.getByRole('button', { name: 'Add provider' });
    const dialog = page.getByRole('dialog', { name: 'Add provider' });
    await add.click();
    const name = dialog.getByLabel('Name', { exact: true });
    await name.fill('x');
    await name.fill('');
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(add).toBeFocused();
    await add.click();
    await expect(dialog).toBeVisible();
    await pressBeside(page);
    await expect(dialog).toBeHidden();
  });

  test('asks before the page is left', async ({ page, open }) => {
    await open(`/o/${ORG}/teams`);
    await open(PROVIDERS);
    await page.getByRole('button', { name: 'Add provider' }).click();
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Half typed');
    const asked = page.waitForEvent('dialog');
    const leaving = page.close({ runBeforeUnload: true });
    const question = await asked;
    expect(question.type()).toBe('beforeunload');
    await question.dismiss();
    await leaving;
    await expect(page.getByRole('dialog').getByLabel('Name', { exact: true })).toHaveValue('Half typed');
  });
});

test('a key that is shown once is not closed by a slip', async ({ page, open, api }) => {
  const { member } = await api.join('Mona Member', `${unique('slip')}@example.com`);
  await makeKey(api, member, 'laptop');
  await open(`/o/${ORG}/access/${member}`);
  await page.getByRole('button', { name: 'Rotate laptop' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  const secret = page.getByLabel('The key');
  const text = await secret.innerText();
  const question = page.getByRole('alertdialog');
  for (const leave of [() => page.keyboard.press('Escape'), () => pressBeside(page)]) {
    await leave();
    await expect(question).toContainText('will not be shown again');
    await page.getByRole('button', { name: 'Back to the key' }).click();
    await expect(secret).toHaveText(text);
  }
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Close anyway' }).click();
  await expect(secret).toBeHidden();
});

test.describe('typed addresses', () => {
  test('stay when a link is pressed by mistake', async ({ page, open }) => {
    await open(`/o/${ORG}/access/invite`);
    const field = page.getByRole('textbox', { name: 'Email addresses' });
    await field.fill('half@example.com');
    page.once('dialog', (question) => void question.dismiss());
    await page.getByRole('link', { name: 'Teams' }).click();
    await expect(page).toHaveURL(/access\/invite$/);
    await expect(field).toHaveValue(/half@example\.com/);
    page.once('dialog', (question) => void question.accept());
    await page.getByRole('link', { name: 'Teams' }).click();
    await expect(page).toHaveURL(/teams$/);
  });
});

/** An admin of their own, whose session ends when this says so. */
async function admin(api: Api): Promise<Joined & { end: () => Promise<void> }> {
  const joined = await api.join('Ada Admin', `${unique('ends')}@example.com`, 'admin');
  const suspend = async (suspended: boolean): Promise<void> => {
    const { id: member, version } = await api.row(joined.member);
    await api.call('set_suspended', { member, version, suspended });
  };
  const end = async (): Promise<void> => {
    await suspend(true);
    await suspend(false);
  };
  return { ...joined, end };
}

test('a session that ends in a dialog is told in it, and saving goes on after signing in', async ({
  api,
  openWindow,
  open,
  errors,
}) => {
  errors.allow(status(401));
  const { account, state, end } = await admin(api);
  const email = `${unique('goes')}@example.com`;
  const { member } = await api.join('Gina Going', email);
  const page = await openWindow({ state });
  await open(`/o/${ORG}/access`, page);
  const access = new AccessPage(page);
  await access.find(email);
  await access.choose(email, 'Edit allowed providers');
  const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
  const box = dialog.getByRole('checkbox').and(dialog.locator(':enabled')).first();
  await box.check();
  await end();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Your session has ended');
  await expect(box).toBeChecked();
  expect(new URL(page.url()).pathname).toBe(`/o/${ORG}/access`);

  const popup = page.waitForEvent('popup');
  await dialog.getByRole('link', { name: 'Sign in in a new tab' }).click();
  const tab = await popup;
  await tab.getByLabel('Email').fill(account.email);
  await tab.getByLabel('Password').fill(account.password);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.waitForURL(/\/o\//);
  await tab.close();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect.poll(async () => (await api.row(member)).providers.length).toBe(1);
});

test('an export after the session has ended says so and saves no page', async ({ api, openWindow, open, errors }) => {
  errors.allow(status(401));
  const { state, end } = await admin(api);
  const page = await openWindow({ state });
  await open(`/o/${ORG}/access`, page);
  const access = new AccessPage(page);
  await end();
  let saved = false;
  page.on('download', () => (saved = true));
  await access.dropdown('Download').click();
  await page.getByRole('link', { name: 'JSON file' }).click();
  await expect(page.getByRole('alert')).toContainText('Nothing was downloaded. Your session has ended.');
  await expect(page.getByRole('link', { name: 'Sign in in a new tab' })).toBeVisible();
  await expect(access.rows).not.toHaveCount(0);
  expect(saved).toBe(false);
});

test.describe('rows when the server is away', () => {
  for (const [path, rows] of [
    [`/o/${ORG}/access`, 'table tbody tr'],
    [PROVIDERS, 'table tbody tr'],
    [`/o/${ORG}/teams`, 'table tbody tr'],
  ] as const) {
    test(`stay on ${path}, marked as not current, and come anew`, async ({ page, open, errors }) => {
      errors.allow(/net::ERR_FAILED/);
      await open(path);
      const before = await page.locator(rows).count();
      expect(before).toBeGreaterThan(0);
      await page.route('**/api/ui/list_*', (route) => route.abort());
      await reread(page, path);
      const notice = page.getByRole('alert').filter({ hasText: "Can't reach the server." });
      await expect(notice).toContainText('may be out of date');
      await expect(page.locator(rows)).toHaveCount(before);
      await page.unroute('**/api/ui/list_*');
      await notice.getByRole('link', { name: 'Try again' }).click();
      await expect(notice).toBeHidden();
      await expect(page.locator(rows)).not.toHaveCount(0);
    });
  }
});

/** Does something after which the page reads its list again. */
async function reread(page: Page, path: string): Promise<void> {
  if (path.endsWith('/access')) {
    await page.getByRole('searchbox', { name: 'Search members' }).fill('example');
  } else if (path.endsWith('/teams')) {
    await page.getByRole('button', { name: 'Create team' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill(unique('Away '));
    await page.getByRole('dialog').getByRole('button', { name: 'Create team' }).click();
  } else {
    await page.getByRole('button', { name: 'Add provider' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill(unique('Away '));
    await dialog.getByRole('button', { name: 'Add provider' }).click();
  }
}
