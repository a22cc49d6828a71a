import { client } from '../support/api';
import { status } from '../support/guard';
import { expect, ORG, OTHER_ORG, test } from '../support/test';

test('the switcher leads from one organization to another @nojs', async ({ page, open }) => {
  await open(`/o/${ORG}/access`);
  const switcher = page.locator('summary').filter({ hasText: 'Switch organization' });
  await expect(switcher).toContainText('Sunflower');
  await switcher.click();
  await expect(page.getByRole('link', { name: /^Sunflower\s*Owner$/ })).toHaveAttribute('aria-current', 'true');
  await page.getByRole('link', { name: /^Daisy Lab\s*Auditor$/ }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${OTHER_ORG}/`));
  await expect(switcher).toContainText('Daisy Lab');
  // The role is that of this organization.
  await expect(page.getByText('Ottilie Wernher · Auditor')).toBeVisible();
});

test.describe('somebody else’s organization', () => {
  test.use({ as: 'auditor' });

  test('is a page that does not exist @nojs', async ({ page, errors }) => {
    errors.allow(status(404));
    for (const path of ['access', 'access/invite', 'providers', 'teams', 'first-steps', 'access/export.json']) {
      const theirs = await page.goto(`/o/${OTHER_ORG}/${path}`);
      expect(theirs?.status(), path).toBe(404);
      const nobodys = await page.goto(`/o/no-such-organization/${path}`);
      expect(nobodys?.status(), path).toBe(404);
    }
    await page.goto(`/o/${OTHER_ORG}/access`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Page not found');
  });

  test('answers no request', async ({ server, demo }) => {
    const http = await client(server.url, await demo('auditor'));
    for (const [name, args] of [
      ['viewer', {}],
      ['list_teams', {}],
      ['get_member', { member: 1 }],
    ] as const) {
      const answer = await http.post(`/api/ui/${name}`, { data: { org: OTHER_ORG, ...args } });
      expect(answer.status(), name).toBe(404);
    }
    await http.dispose();
  });
});

test.describe('a member', () => {
  test.use({ as: 'member' });

  test('sees nothing of the admin side @nojs', async ({ page, errors }) => {
    errors.allow(status(403));
    for (const path of ['access', 'access/invite', 'providers', 'teams', 'first-steps']) {
      const answer = await page.goto(`/o/${ORG}/${path}`);
      expect(answer?.status(), path).toBe(403);
      await expect(page.getByText('for owners, admins and auditors')).toBeVisible();
      expect(await answer?.text(), path).not.toContain('owner@example.com');
    }
    const file = await page.request.get(`/o/${ORG}/access/export.json`);
    expect(file.status()).toBe(403);
  });
});

test.describe('an auditor', () => {
  test.use({ as: 'auditor' });

  test('reads and changes nothing', async ({ page, open, errors }) => {
    await open(`/o/${ORG}/access`);
    await expect(page.getByRole('rowheader').first()).toBeVisible();
    await expect(page.getByRole('link', { name: 'Invite' })).toHaveCount(0);
    await expect(page.getByRole('button', { name: /^Actions for/ })).toHaveCount(0);
    await open(`/o/${ORG}/providers`);
    await expect(page.getByRole('cell').first()).toBeVisible();
    await expect(page.getByRole('button', { name: /Add provider|^Actions for|^Test/ })).toHaveCount(0);
    errors.expectNone();
  });
});
