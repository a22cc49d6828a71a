import { expect, ORG, test } from '../support/test';

const path = `/o/${ORG}/access/unused`;

test('unused access ends with notice, which is told @nojs', async ({ page, open }) => {
  await open(path);
  await page.getByLabel('Days without use').selectOption('90');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page).toHaveURL(/days=90/);
  const lines = page.getByRole('row').filter({ has: page.getByRole('checkbox') });
  const line = lines.filter({ hasNotText: 'Expires' }).first();
  const label = (await line.getByRole('checkbox').getAttribute('aria-label')) ?? '';
  await line.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'End in 14 days' }).click();
  await expect(page.getByText('Access ended or set to end: 1 line.')).toBeVisible();
  const same = lines.filter({ has: page.getByRole('checkbox', { name: label, exact: true }) });
  // Rounded towards now.
  await expect(same).toContainText('Expires in 13 days');

  await same.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'End now' }).click();
  await expect(page.getByText('Access ended or set to end: 1 line.')).toBeVisible();
  await expect(same).toHaveCount(0);
});
