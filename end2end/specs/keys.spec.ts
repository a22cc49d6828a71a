import type { Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import { Api } from '../support/api';
import { allowClipboard, copied } from '../support/clipboard';
import { status } from '../support/guard';
import { KEY, keyItem, makeKey, takeSecret } from '../support/keys';
import { expect, ORG, test, unique } from '../support/test';

/** Opens the form of a new key in the organization with this name. */
async function newKey(page: Page, organization = 'Sunflower'): Promise<void> {
  const heading = page.getByRole('heading', { name: organization, exact: true });
  await page.locator('.key-panel').filter({ has: heading }).getByRole('button', { name: 'Create key' }).click();
}

test.describe('one’s own', () => {
  test.use({ as: 'member' });

  test('a key is shown once, and then only its ends', async ({ page, open }) => {
    await allowClipboard(page);
    const name = unique('laptop ');
    await open('/account');
    await newKey(page);
    const dialog = page.getByRole('dialog', { name: 'Create key' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
    await dialog.getByRole('combobox', { name: 'Expires' }).selectOption('After 30 days');
    await dialog.getByRole('textbox', { name: 'Requests per minute' }).fill('60');
    await dialog.getByRole('button', { name: 'Create key' }).dblclick();

    const made = page.getByRole('dialog', { name: `${name} created` });
    await made.getByRole('button', { name: 'Copy the key' }).click();
    await expect.poll(() => copied(page)).toMatch(KEY);
    const secret = await takeSecret(page);
    expect(await copied(page)).toBe(secret);
    expect(await page.content()).not.toContain(secret);

    const item = keyItem(page, name);
    await expect(item).toHaveCount(1);
    await expect(item).toContainText(`${secret.slice(0, 15)}_…${secret.slice(-4)}`);
    await expect(item).toContainText('Never used');
    await expect(item).toContainText(/Expires in (29|30) days/);
    await expect(item).toContainText('60 requests/min');
    await page.reload();
    await expect(item).toContainText(secret.slice(-4));
    expect(await page.content()).not.toContain(secret);
  });

  test('what is wrong is said at its field and nothing is lost', async ({ page, open }) => {
    await open('/account');
    await newKey(page);
    const dialog = page.getByRole('dialog', { name: 'Create key' });
    await dialog.getByRole('combobox', { name: 'Expires' }).selectOption('Custom date');
    await dialog.getByRole('textbox', { name: 'Tokens per day' }).fill('a lot');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await expect(dialog.getByRole('alert')).toHaveText('Fix 3 fields to continue.');
    await expect(dialog.getByText("Enter the key's name.")).toBeVisible();
    await expect(dialog.getByText('Choose an expiration date.')).toBeVisible();
    await expect(dialog.getByRole('textbox', { name: 'Tokens per day' })).toHaveValue('a lot');
    await page.keyboard.press('Escape');
    await dialog.getByRole('button', { name: 'Discard changes' }).click();
    await expect(dialog).toBeHidden();
  });

  test('the list is there without JavaScript @nojs', async ({ page, open, demo, server }) => {
    const api = await Api.open(server.url, ORG, await demo('member'));
    const name = unique('plain ');
    const { key } = await makeKey(api, null, name);
    await open('/account');
    await expect(keyItem(page, name)).toContainText(`…${key.last_four}`);
    await api.close();
  });

  test('renames, rotates with a grace, revokes', async ({ page, open, demo, server }) => {
    const api = await Api.open(server.url, ORG, await demo('member'));
    const [name, other] = [unique('was '), unique('is ')];
    const { secret, key } = await makeKey(api, null, name);
    await open('/account');
    await keyItem(page, name).getByRole('button', { name: `Rename ${name}` }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill(other);
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await expect(keyItem(page, name)).toHaveCount(0);
    const item = keyItem(page, other);
    await expect(item).toContainText(`…${key.last_four}`);

    await item.getByRole('button', { name: `Rotate ${other}` }).click();
    const rotate = page.getByRole('dialog', { name: `Rotate ${other}?` });
    await rotate.getByRole('radio', { name: '7 days' }).check();
    await rotate.getByRole('button', { name: 'Rotate' }).dblclick();
    await expect(page.getByRole('dialog')).toContainText('The previous secret expires');
    const rotated = await takeSecret(page);
    expect(rotated.slice(0, 16)).toBe(secret.slice(0, 16));
    expect(rotated).not.toBe(secret);
    await expect(item).toContainText(`…${rotated.slice(-4)}`);
    await expect(item).toContainText(/Previous secret expires in [67] days/);

    await item.getByRole('button', { name: `Revoke ${other}` }).click();
    const revoke = page.getByRole('dialog', { name: `Revoke ${other}?` });
    await expect(revoke).toContainText('stop working immediately');
    await expect(revoke).toContainText('Never used.');
    await revoke.getByRole('button', { name: `Revoke ${other}` }).click();
    await expect(revoke).toBeHidden();
    await page.getByText(/^\d+ revoked keys?$/).first().click();
    await expect(item).toContainText('Revoked');
    await expect(item.getByRole('button')).toHaveCount(0);
    await api.close();
  });

  test('what is typed into the password form survives a new key', async ({ page, open }) => {
    await open('/account');
    await page.getByLabel('Current password').fill('half typed');
    await newKey(page);
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill(unique('kept '));
    await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
    await takeSecret(page);
    await expect(page.getByLabel('Current password')).toHaveValue('half typed');
  });
});

test('an administrator makes one for a member, from their row, and narrows it', async ({ page, open, api }) => {
  const word = unique('narrow');
  const email = `${word}@example.com`;
  const { member } = await api.join('Nora Narrow', email);
  const [mine, also] = [await api.provider(`Mine ${word}`), await api.provider(`Also ${word}`)];
  await api.provider(`Other ${word}`);
  await api.allow(member, [mine.id, also.id]);
  await open(`/o/${ORG}/access`);
  const access = new AccessPage(page);
  await access.find(email);
  await access.choose(email, 'Virtual keys');
  await expect(page).toHaveURL((url) => url.pathname === `/o/${ORG}/access/${member}` && url.hash === '#keys');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nora Narrow');

  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await page.getByRole('button', { name: 'Create key' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create key for Nora Narrow' });
  await dialog.getByRole('textbox', { name: 'Name' }).fill('nightly build');
  await dialog.getByRole('radio', { name: 'Selected providers:' }).check();
  await dialog.getByRole('button', { name: 'Create key' }).click();
  await expect(dialog.getByRole('alert')).toHaveText('Choose at least one provider.');
  const offered = dialog.getByRole('group', { name: 'Providers of the key' });
  await expect(offered.getByRole('checkbox')).toHaveCount(2);
  await offered.getByRole('checkbox', { name: `Mine ${word}` }).check();
  await dialog.getByRole('button', { name: 'Create key' }).click();
  await takeSecret(page);
  await expect(keyItem(page, 'nightly build')).toContainText(`Only Mine ${word}`);
  expect((await api.row(member)).keys).toMatchObject([{ name: 'nightly build' }]);
});

test('what the owner lost meanwhile is refused with its name', async ({ page, open, api, errors }) => {
  errors.allow(status(422));
  const word = unique('lost');
  const { member } = await api.join('Lara Loser', `${word}@example.com`);
  const lost = await api.provider(`Lost ${word}`);
  await api.allow(member, [lost.id]);
  await open(`/o/${ORG}/access/${member}`);
  await page.getByRole('button', { name: 'Create key' }).click();
  const { version } = await api.row(member);
  await api.call('set_providers', { member, change: { version, added: [], removed: [lost.id] } });
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('too wide');
  await dialog.getByRole('radio', { name: 'Selected providers:' }).check();
  await dialog.getByRole('checkbox', { name: `Lost ${word}` }).check();
  await dialog.getByRole('button', { name: 'Create key' }).click();
  await expect(dialog.getByRole('alert')).toContainText(`cannot use Lost ${word}.`);
});
