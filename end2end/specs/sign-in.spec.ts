import { Account } from '../support/api';
import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';
import type { Page } from '@playwright/test';

test.use({ as: null });

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('leads back to the page that was asked for @nojs', async ({ page, server, ready }) => {
  await page.goto(`/o/${ORG}/access?q=example`);
  await expect(page).toHaveURL(/\/login\?next=/);
  await ready();
  await expect(page.getByLabel('Email')).toBeFocused();
  await signIn(page, 'owner@example.com', server.demoPassword);
  await expect(page).toHaveURL(`${server.url}/o/${ORG}/access?q=example`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('AI Access');
});

test('a wrong password keeps the e-mail, drops the password and says the same as an unknown address @nojs', async ({ page, open, ready, errors }) => {
  errors.allow(status(401, 422));
  await open('/login');
  await signIn(page, 'owner@example.com', 'not the password');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByLabel('Email')).toHaveValue('owner@example.com');
  await expect(page.getByLabel('Password')).toHaveValue('');
  const said = await page.getByRole('alert').innerText();

  await ready();
  await signIn(page, `${unique('nobody')}@example.com`, 'not the password');
  await expect(page.getByLabel('Email')).toHaveValue(/^nobody/);
  await expect(page.getByRole('alert')).toHaveText(said);
});

test('never leads to another site @nojs', async ({ page, server, open }) => {
  await open('/login?next=//example.com/');
  await signIn(page, 'admin@example.com', server.demoPassword);
  await expect(page).toHaveURL(new RegExp(`^${server.url}/o/`));
});

test('an address works in any letter case', async ({ page, server, open }) => {
  await open('/login');
  await signIn(page, 'Admin@Example.COM', server.demoPassword);
  await expect(page).toHaveURL(new RegExp(`^${server.url}/o/`));
});

test('signing out ends the session @nojs', async ({ server, open, openWindow }) => {
  const page = await openWindow({ state: await new Account(server.url, 'owner@example.com', server.demoPassword).signIn() });
  await open(`/o/${ORG}/access`, page);
  const cookies = await page.context().cookies();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login$/);

  // The old cookie, had somebody kept it, opens nothing.
  await page.context().addCookies(cookies);
  await page.goto(`/o/${ORG}/access`);
  await expect(page).toHaveURL(/\/login\?next=/);
});

test('changing the password ends every other session @nojs', async ({ api, server, open, openWindow, errors, ready }) => {
  errors.allow(status(401, 422));
  const email = `${unique('pw')}@example.com`;
  const person = await api.join('Petra Password', email);
  const elsewhere = await openWindow({ state: await person.account.signIn() });
  const page = await openWindow({ state: person.state });

  await open('/account', page);
  const change = async (current: string, next: string): Promise<void> => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password').fill(next);
    await page.getByRole('button', { name: 'Change password' }).click();
  };
  await change('not my password', 'a quite new password');
  await expect(page.getByText(/current password/i).and(page.getByRole('alert')).or(page.getByRole('alert')).first()).toBeVisible();
  await ready(page);
  await change(person.account.password, 'a quite new password');
  await expect(page.getByText('Password changed.')).toBeVisible();

  await elsewhere.goto('/account');
  await expect(elsewhere).toHaveURL(/\/login/);
  await ready(elsewhere);
  await signIn(elsewhere, email, person.account.password);
  await expect(elsewhere.getByRole('alert')).toBeVisible();
  await ready(elsewhere);
  await signIn(elsewhere, email, 'a quite new password');
  await expect(elsewhere).toHaveURL(new RegExp(`^${server.url}/(account|o/)`));
});

test('the own name is changed beside the organization’s navigation, and not over another window’s @nojs', async ({ api, open, openWindow, errors }) => {
  errors.allow(status(409));
  const person = await api.join('Nela Namesake', `${unique('name')}@example.com`);
  const page = await openWindow({ state: person.state });
  const other = await openWindow({ state: person.state });
  await open('/account', other);
  await open('/account', page);
  await expect(page.getByRole('navigation', { name: 'Organization' }).getByRole('link', { name: 'Chat' })).toBeVisible();

  const name = (window: typeof page) => window.getByLabel('Name', { exact: true });
  await name(page).fill('Nela First');
  await page.getByRole('button', { name: 'Save name' }).click();
  await expect(page.getByText('Name changed.')).toBeVisible();
  await expect(page.locator('.who')).toContainText('Nela First');

  await name(other).fill('Nela Second');
  await other.getByRole('button', { name: 'Save name' }).click();
  await expect(other.getByText('Your name was changed to Nela First in another window.')).toBeVisible();
  await expect(name(other)).toHaveValue('Nela Second');
  await other.getByRole('button', { name: 'Save name' }).click();
  await expect(other.getByText('Name changed.')).toBeVisible();
  await expect(other.locator('.who')).toContainText('Nela Second');
});
