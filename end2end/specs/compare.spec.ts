import { ORG, expect, test, unique } from '../support/test';

test('one member is made like another after a preview, and it is undone @nojs', async ({ page, api, open }) => {
  const [ana, ben] = [unique('ana'), unique('ben')];
  const first = await api.join(ana, `${ana}@example.com`);
  const second = await api.join(ben, `${ben}@example.com`);
  const lab = unique('Lab');
  await api.allow(first.member, [(await api.provider(lab)).id]);

  await open(`/o/${ORG}/compare?a=${first.member}`);
  await page.getByRole('searchbox', { name: 'Search members' }).fill(ben);
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('link', { name: ben, exact: true }).click();
  const line = page.getByRole('row').filter({ hasText: lab });
  await expect(line).toContainText('Different');
  await page.getByRole('button', { name: 'Preview' }).click();
  await expect(line.last()).toContainText('Gains');
  await page.getByRole('button', { name: `Make ${ben} like ${ana}` }).click();
  await expect(page.getByText('1 row changed.')).toBeVisible();
  await expect(line).toContainText('Same');

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Undone for 1 row.')).toBeVisible();
  await open(`/o/${ORG}/compare?a=${first.member}&b=${second.member}`);
  await expect(line).toContainText('Different');
});
