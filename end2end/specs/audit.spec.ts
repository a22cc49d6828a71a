import { AccessPage } from '../support/access';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/audit`;

test('the log is searched, read page by page and downloaded as it is shown @nojs', async ({ page, open, api }) => {
  const word = unique('audit');
  const lab = await api.provider(`Lab ${word}`);
  const person = await api.join(`Ada ${word}`, `ada-${word}@example.com`);
  await api.allow(person.member, [lab.id]);
  await open(path);
  await page.getByRole('searchbox').fill(word);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  const rows = page.getByRole('row').filter({ hasText: word });
  await expect(rows.first()).toContainText(`allowed Lab ${word}`);
  await expect(page.getByRole('row').filter({ hasText: 'registered the provider' })).toHaveCount(1);
  await page.getByRole('combobox', { name: 'What was changed' }).selectOption({ label: 'Provider' });
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByRole('row').filter({ hasText: word })).toHaveCount(1);
  await page.getByText('Details').first().click();
  await expect(page.getByRole('definition').first()).toContainText(`Lab ${word}`);
  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download JSON' }).click();
  expect((await started).suggestedFilename()).toMatch(new RegExp(`^gatehouse-${ORG}-audit-.*\\.json$`));
});

test('a change of many rows is undone from the log', async ({ page, open, api }) => {
  const word = unique('auditbulk');
  await api.join(`Ada ${word}`, `ada-${word}@example.com`);
  const lab = await api.provider(`Lab ${word}`);
  await open(`/o/${ORG}/access?q=${word}`);
  const access = new AccessPage(page);
  await page.getByRole('checkbox', { name: `Select Ada ${word}` }).click();
  await page.getByRole('button', { name: 'Change…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`Lab ${word}`).click();
  await dialog.getByRole('button', { name: 'Preview' }).click();
  await dialog.getByRole('button', { name: 'Change 1 row' }).click();
  await expect(access.row(`ada-${word}@example.com`)).toContainText(`Lab ${word}`);
  await open(`${path}?kind=bulk`);
  const entry = page.getByRole('row').filter({ hasText: `"add_providers":[${lab.id}]` });
  await entry.getByRole('button', { name: 'Undo…' }).click();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.getByText('Undone for 1 row.')).toBeVisible();
  await open(`/o/${ORG}/access?q=${word}`);
  await expect(access.row(`ada-${word}@example.com`)).not.toContainText(`Lab ${word}`);
});
