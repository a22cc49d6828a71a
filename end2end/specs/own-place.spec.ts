// What somebody does to their own place in an organization, and what is done to it while they look elsewhere.

import { AccessPage } from '../support/access';
import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';

const PATH = `/o/${ORG}/access`;

test('who lowers their own role is told, types their address, and sees the new role', async ({ api, openWindow, open, ready }) => {
  const email = `${unique('self')}@example.com`;
  const { state } = await api.join('Sela Self', email, 'admin');
  const page = await openWindow({ state });
  await open(PATH, page);
  await expect(page.getByText('Sela Self · Admin')).toBeVisible();
  const access = new AccessPage(page);
  await access.find(email);
  await access.choose(email, 'Change role');
  const dialog = page.getByRole('dialog', { name: 'Change role' });
  await dialog.getByRole('radio', { name: 'Auditor' }).check();
  await expect(dialog.getByText('This is you.')).toBeVisible();
  const save = dialog.getByRole('button', { name: 'Save' });
  await expect(save).toBeDisabled();
  const own = dialog.getByRole('textbox', { name: `Type ${email} to confirm` });
  await own.fill('somebody@example.com');
  await expect(save).toBeDisabled();
  await own.fill(email.toUpperCase());
  await save.click();
  await expect(page.getByText('Sela Self · Auditor')).toBeVisible();
  await ready(page);
  await expect(page.getByRole('button', { name: /^Actions for/ })).toHaveCount(0);
});

test('who suspends or removes themselves is asked for their address first', async ({ api, openWindow, open }) => {
  const email = `${unique('gone')}@example.com`;
  const { state } = await api.join('Gina Gone', email, 'admin');
  const other = `${unique('other')}@example.com`;
  await api.join('Otto Other', other);
  const page = await openWindow({ state });
  await open(PATH, page);
  const access = new AccessPage(page);
  await access.find(other);
  await access.choose(other, 'Suspend…');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('This is you.')).toHaveCount(0);
  await expect(dialog.getByRole('button', { name: 'Suspend Otto Other' })).toBeEnabled();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await access.find(email);
  await access.choose(email, 'Suspend…');
  await expect(dialog.getByText('This is you.')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Suspend Gina Gone' })).toBeDisabled();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await access.choose(email, 'Remove…');
  await expect(dialog.getByText('This is you.')).toBeVisible();
  const remove = dialog.getByRole('button', { name: 'Remove Gina Gone' });
  await expect(remove).toBeDisabled();
  await dialog.getByRole('textbox', { name: `Type ${email} to confirm` }).fill(email);
  await remove.click();
  await page.waitForURL(/\/login/);
});

test('who is suspended is told so by the old link, and strangers are told nothing', async ({ api, openWindow, errors }) => {
  errors.allow(status(403, 404));
  const { member, account } = await api.join('Susi Suspended', `${unique('old')}@example.com`);
  const { version } = await api.row(member);
  await api.call('set_suspended', { member, version, suspended: true });
  const page = await openWindow({ state: await account.signIn() });
  await page.goto(PATH);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your access is suspended');
  await expect(page.getByText('Your access to Sunflower is suspended.')).toBeVisible();
  await page.goto('/');
  await expect(page.getByText('Your access to Sunflower is suspended.')).toBeVisible();
  await page.goto('/o/daisy-lab/access');
  await expect(page.getByText('suspended')).toHaveCount(0);
});
