import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/settings/scim`;

test('a token is made, works where the page says, and is revoked @nojs', async ({ page, open, playwright }) => {
  const name = unique('Directory');
  await open(path);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Expires after').selectOption({ label: '90 days' });
  await page.getByRole('button', { name: 'Create token' }).click();
  const secret = page.getByLabel('The token');
  await expect(secret).toHaveText(/^gatehouse_scim_[\w-]{43}$/);
  const token = await secret.innerText();
  const address = await page.getByLabel('Address', { exact: true }).innerText();
  expect(address).toMatch(new RegExp(`/o/${ORG}/scim/v2$`));

  const directory = await playwright.request.newContext({ extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  const users = `${new URL(page.url()).origin}${new URL(address).pathname}/Users`;
  const found = await directory.get(users);
  expect([found.status(), (await found.json()).totalResults]).toEqual([200, 0]);

  await open(path);
  await expect(page.getByText(token)).toHaveCount(0);
  const row = page.getByRole('listitem').filter({ hasText: name }).first();
  await expect(row).toContainText('Last used');
  await row.getByText('Revoke…').click();
  await row.getByRole('button', { name: `Revoke "${name}"` }).click();
  await expect(page.getByText('Token revoked.')).toBeVisible();
  await expect(page.getByText(name)).toHaveCount(0);
  expect((await directory.get(users)).status()).toBe(401);
  await directory.dispose();
});
