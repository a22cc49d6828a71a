import type { Locator, Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import { status } from '../support/guard';
import { keyItem, makeKey } from '../support/keys';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access`;

const provider = (page: Page, name: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) });

test('says provider by provider what is allowed, and why not @nojs', async ({ page, open, api }) => {
  const word = unique('why');
  const email = `${word}@example.com`;
  const team = await api.team(`Team ${word}`);
  const { member } = await api.join('Wanda Why', email, 'auditor', [team.id]);
  const [yes, off] = [await api.provider(`Yes ${word}`), await api.provider(`Off ${word}`)];
  await api.provider(`No ${word}`);
  await api.allow(member, [yes.id, off.id]);
  await api.call('set_provider_active', { provider: off.id, active: false });
  await open(`${path}/${member}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Wanda Why');
  await expect(page).toHaveTitle(/^Wanda Why/);
  for (const fact of [email, 'Auditor', 'Active', `Team ${word}`]) {
    await expect(page.getByRole('definition').filter({ hasText: fact })).toBeVisible();
  }
  await expect(provider(page, `Yes ${word}`)).toContainText('Allowed');
  await expect(provider(page, `Yes ${word}`)).not.toContainText('Not allowed');
  await expect(provider(page, `Off ${word}`)).toContainText('The provider is inactive.');
  await expect(provider(page, `No ${word}`)).toContainText('Not assigned');

  const { version } = await api.row(member);
  await api.call('set_suspended', { member, version, suspended: true });
  await open(`${path}/${member}`);
  await expect(provider(page, `Yes ${word}`)).toContainText('Not allowed');
  await expect(provider(page, `Yes ${word}`)).toContainText('The member is suspended');
  await expect(page.getByRole('button', { name: 'Create key' })).toHaveCount(0);
});

test('access is decided there, and the way back keeps the view', async ({ page, open, api }) => {
  const word = unique('decide');
  const email = `${word}@example.com`;
  await api.team(`Team ${word}`);
  const { member } = await api.join('Dora Decide', email);
  const given = await api.provider(`Given ${word}`);
  await open(path);
  const access = new AccessPage(page);
  await access.find(email);
  await access.row(email).getByRole('link', { name: 'Dora Decide' }).click();
  await expect(page).toHaveURL((url) => url.pathname === `${path}/${member}`);
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  const history = page.getByRole('region', { name: 'History' }).getByRole('listitem');
  const dialog = page.getByRole('dialog');

  await page.getByRole('button', { name: 'Edit allowed providers' }).click();
  await dialog.getByRole('checkbox', { name: `Given ${word}` }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(provider(page, `Given ${word}`)).toContainText(/Assigned \d+ \w+ \d+ by /);
  await expect(history.first()).toContainText(`allowed Given ${word}`);
  await expect(page.getByRole('button', { name: 'Edit allowed providers' })).toBeFocused();

  await page.getByRole('button', { name: 'Change role' }).click();
  await dialog.getByRole('radio', { name: /^Admin/ }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(history.first()).toContainText('changed the role from Member to Admin');
  await page.getByRole('button', { name: 'Edit teams' }).click();
  await dialog.getByRole('checkbox', { name: `Team ${word}` }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('definition').filter({ hasText: `Team ${word}` })).toBeVisible();

  // More than one page of history, the older one on demand.
  for (let n = 0; n < 9; n++) {
    for (const [added, removed] of [[[], [given.id]], [[given.id], []]]) {
      const { version } = await api.row(member);
      await api.call('set_providers', { member, change: { version, added, removed } });
    }
  }
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await expect(history).toHaveCount(20);
  await page.getByRole('button', { name: 'Show older' }).click();
  await expect(history.last()).toContainText('invited');
  await expect(page.getByRole('button', { name: 'Show older' })).toHaveCount(0);

  await page.getByRole('link', { name: 'Back to AI Access' }).click();
  await access.expectEmails([email]);
  await expect(access.search).toHaveValue(email);

  await access.row(email).getByRole('link', { name: 'Dora Decide' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  await page.getByRole('button', { name: 'Remove…' }).click();
  await dialog.getByRole('button', { name: 'Remove Dora Decide' }).click();
  await expect(page).toHaveURL((url) => url.pathname === path && url.search !== '');
});

test('nobody is not found', async ({ page, open, errors }) => {
  errors.allow(status(404));
  for (const id of ['999999', 'nobody']) {
    await open(`${path}/${id}`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Member not found');
  }
});

test('an admin looks at an owner and changes nothing', async ({ openWindow, open, demo, api }) => {
  const name = unique('owned ');
  const owner = (await api.rows('owner@example.com')).find((row) => row.email === 'owner@example.com');
  await makeKey(api, owner?.id ?? 0, name);
  const page = await openWindow({ state: await demo('admin') });
  await open(`${path}/${owner?.id}`, page);
  await expect(keyItem(page, name)).toBeVisible();
  await expect(page.getByRole('button', { name: /^(Create key|Rename|Rotate|Revoke|Edit|Change|Suspend|Remove)/ })).toHaveCount(0);
});

test.describe('an auditor', () => {
  test.use({ as: 'auditor' });

  test('looks at everybody and changes only what is theirs', async ({ page, open, api }) => {
    const name = unique('seen ');
    const { member } = await api.join('Sam Seen', `${unique('seen')}@example.com`);
    await makeKey(api, member, name);
    await open(`${path}/${member}`);
    await expect(keyItem(page, name)).toBeVisible();
    await expect(page.getByRole('button', { name: /^(Create key|Rename|Rotate|Revoke)/ })).toHaveCount(0);
    await expect(page.getByRole('button', { name: /^(Edit|Change|Suspend|Remove)/ })).toHaveCount(0);
    await expect(page.getByRole('region', { name: 'History' })).toContainText('created the virtual key');

    const own = (await api.rows('auditor@example.com')).find((row) => row.email === 'auditor@example.com');
    await open(`${path}/${own?.id}`);
    await expect(page.getByRole('button', { name: 'Create key' })).toBeVisible();
  });
});
