import { status } from '../support/guard';
import { expect, ORG, test } from '../support/test';

const path = `/o/${ORG}/requests`;

test('requests are narrowed, read page by page, and each has its receipt @nojs', async ({ page, open }) => {
  await open(path);
  await page.getByRole('textbox', { name: 'Model' }).fill('gpt-4.1');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page).toHaveURL(/model=gpt-4\.1/);
  const rows = page.getByRole('row').filter({ hasText: 'openai/gpt-4.1' });
  await expect(rows).toHaveCount(50);
  const first = await page.getByRole('rowheader').first().getByRole('link').getAttribute('href');
  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page).toHaveURL(/before=/);
  await expect(rows.first()).toBeVisible();
  await expect(page.getByRole('rowheader').first().getByRole('link')).not.toHaveAttribute('href', first ?? '');
  await page.getByRole('rowheader').first().getByRole('link').click();
  await expect(page.getByRole('heading', { name: 'Request', exact: true })).toBeVisible();
  await expect(page.getByRole('definition').filter({ hasText: 'openai/gpt-4.1' })).toHaveCount(2);
  await expect(page.getByRole('definition').filter({ hasText: /^\$0\.\d+$/ })).toBeVisible();
  await page.getByRole('link', { name: 'All requests' }).click();
  await expect(page.getByRole('heading', { name: 'Requests', exact: true })).toBeVisible();
});

test.describe('a member', () => {
  test.use({ as: 'member' });

  test('sees their own requests and no others @nojs', async ({ page, open, errors }) => {
    await open(path);
    const rows = page.getByRole('row').filter({ has: page.getByRole('cell') });
    await expect(rows.first()).toBeVisible();
    expect(await rows.filter({ hasText: 'Mirembe Castellanos' }).count()).toBe(await rows.count());
    // The demo's first request is its owner's.
    errors.allow(status(404));
    await open(`${path}/1`);
    await expect(page.getByRole('heading', { name: 'Request not found' })).toBeVisible();
  });
});
