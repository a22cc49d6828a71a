import { readFile } from 'node:fs/promises';
import { status } from '../support/guard';
import { expect, ORG, test } from '../support/test';

const path = `/o/${ORG}/spend`;

/** A sum of money as the page writes it, in cents. */
const cents = (text: string) => Math.round(Number(/\$([\d,]+\.\d+)/.exec(text)?.[1].replaceAll(',', '') ?? NaN) * 100);

test('spend is cut by days and by what it was for @nojs', async ({ page, open }) => {
  await open(path);
  await page.getByRole('link', { name: 'Last 30 days' }).click();
  await expect(page).toHaveURL(/span=30-days/);
  // Until the answer is there, the page shows the days before.
  await open(`${path}?span=30-days`);
  const total = page.getByRole('listitem').filter({ hasText: /^\$.*Spend/ });
  await expect(total).toBeVisible();
  const whole = cents(await total.innerText());
  expect(whole).toBeGreaterThan(0);

  await page.getByRole('link', { name: 'Provider', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'By provider' })).toBeVisible();
  const table = page.getByRole('region', { name: 'By provider' }).getByRole('row');
  await expect(table.filter({ hasText: 'Ollama lab' })).toContainText('unpriced');
  await table.getByRole('link', { name: 'Anthropic' }).click();
  await expect(page.getByRole('heading', { name: 'By model' })).toBeVisible();
  const part = cents(await total.innerText());
  expect(part).toBeGreaterThan(0);
  expect(part).toBeLessThan(whole);
  await page.getByRole('link', { name: 'Remove filter Provider: Anthropic' }).click();
  await expect(total).toContainText('$');
  await expect.poll(async () => cents(await total.innerText())).toBe(whole);

  const unpriced = page.getByRole('region', { name: 'Unpriced models' });
  await expect(unpriced.getByRole('row').filter({ hasText: 'llama3.3:70b' })).toContainText('Set price');
});

test('other days are entered, and days that cannot be are told @nojs', async ({ page, open, errors }) => {
  await open(`${path}?by=team`);
  await page.getByLabel('From').fill('2020-01-01');
  await page.getByLabel('until').fill('2020-01-31');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText('1 Jan 2020 to 31 Jan 2020')).toBeVisible();
  await expect(page.getByText('No usage', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/by=team/);
  errors.allow(status(422));
  await open(`${path}?from=2020-02-01&until=2020-01-01`);
  await expect(page.getByText('The first day is after the last.')).toBeVisible();
});

test('the file holds what the page adds up', async ({ page, open }) => {
  await open(`${path}?span=last-month`);
  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toMatch(new RegExp(`^gatehouse-${ORG}-spend-.*\\.csv$`));
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  expect(lines[0]).toMatch(/^BilledCost,BillingAccountId,/);
  const nano = lines.slice(1).reduce((sum, line) => sum + Number(line.split('"')[1]), 0);
  const total = page.getByRole('listitem').filter({ hasText: /^\$.*Spend/ });
  expect(Math.round(nano * 100)).toBe(cents(await total.innerText()));
});

test.describe('a member', () => {
  test.use({ as: 'member' });

  test('sees what they cost themselves @nojs', async ({ page, open }) => {
    await open(`${path}?span=30-days`);
    await expect(page.getByText('Your own usage')).toBeVisible();
    await expect(page.getByRole('region', { name: 'By member' }).getByRole('row')).toHaveCount(2);
    await expect(page.getByRole('link', { name: 'Mirembe Castellanos' })).toBeVisible();
  });
});
