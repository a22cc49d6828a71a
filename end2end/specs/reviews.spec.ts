import { readFile } from 'node:fs/promises';
import { status } from '../support/guard';
import { expect, ORG, test } from '../support/test';

test('an access review is started, decided and closed @nojs', async ({ page, open, errors }) => {
  errors.allow(status(422));
  await open(`/o/${ORG}/reviews`);
  const form = page.locator('form').filter({ has: page.getByRole('button', { name: 'Start review' }) });
  await form.getByLabel('Access of').selectOption({ label: 'Marketing' });
  await form.getByLabel('Due').fill('2020-01-01');
  await form.getByRole('button', { name: 'Start review' }).click();
  await expect(page.getByText('Choose a day that is not in the past.').first()).toBeVisible();
  await expect(form.getByLabel('Access of').locator('option:checked')).toHaveText('Marketing');
  const due = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  await form.getByLabel('Due').fill(due);
  await form.getByRole('button', { name: 'Start review' }).click();

  await expect(page.getByRole('heading', { name: 'Access review: Team Marketing' })).toBeVisible();
  const lines = page.getByRole('row').filter({ has: page.getByRole('checkbox') });
  await lines.first().getByRole('checkbox').check();
  await page.getByLabel('Why (optional)').fill('Needed for campaigns');
  await page.getByRole('button', { name: 'Keep', exact: true }).click();
  await expect(page.getByText('Decided: 1 line.')).toBeVisible();
  await expect(lines.first()).toContainText('Needed for campaigns');
  await page.getByRole('link', { name: 'Kept (1)' }).click();
  await expect(lines).toHaveCount(1);

  await expect(page.getByText('lines are undecided. They stay as they are.')).toBeVisible();
  await page.getByRole('button', { name: 'Close review' }).click();
  await expect(page.getByText('Review closed. Undecided access stays as it is.')).toBeVisible();
  await expect(page.getByRole('checkbox')).toHaveCount(0);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download result' }).click();
  const result: unknown = JSON.parse(await readFile(await (await download).path(), 'utf8'));
  expect(result).toMatchObject({
    document: { format: 'gatehouse-access-review/1', review: { about: 'Team Marketing', kept: 1 } },
    signature: { algorithm: 'Ed25519' },
  });
});
