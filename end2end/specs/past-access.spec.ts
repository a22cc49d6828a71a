import { expect, ORG, test, unique } from '../support/test';

test('the audit log leads to who could use what after a change, and to what differs from now @nojs', async ({ page, open, api }) => {
  const word = unique('past');
  const lab = await api.provider(`Lab ${word}`);
  const ada = await api.join(`Ada ${word}`, `ada-${word}@example.com`);
  await api.allow(ada.member, [lab.id]);
  await api.call('delete_provider', { provider: lab.id });

  await open(`/o/${ORG}/audit?q=${word}`);
  const allowed = page.getByRole('row').filter({ hasText: `allowed Lab ${word}` });
  await allowed.getByRole('link', { name: 'Access after this change' }).click();
  await page.getByRole('combobox', { name: 'Provider' }).selectOption({ label: `Lab ${word}` });
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText(new RegExp(`^1 of [\\d,]+ could use Lab ${word}$`))).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: `Ada ${word}` })).toContainText(`Lab ${word} Own`);
  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download JSON' }).click();
  expect((await started).suggestedFilename()).toMatch(new RegExp(`^gatehouse-${ORG}-access-as-of-.*\\.json$`));

  await open(`${page.url()}&to=${new Date(Date.now()).toISOString()}`);
  await expect(page.getByText(`1 member gained or lost Lab ${word}`)).toBeVisible();
  await page.getByRole('link', { name: `Ada ${word}` }).click();
  await page.getByRole('link', { name: 'Past access' }).click();
  await expect(page.getByText(/^1 of [\d,]+ rows$/)).toBeVisible();
});
