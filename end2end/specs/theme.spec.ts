import type { Page } from '@playwright/test';
import { expect, ORG, test } from '../support/test';

const background = (page: Page): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

test('light and dark follow the system until one is chosen, which stays', async ({ page, open, ready }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open(`/o/${ORG}/access/how`);
  const light = await background(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(() => background(page)).not.toBe(light);
  const dark = await background(page);

  const theme = (label: string) => page.getByRole('radio', { name: label });
  await expect(theme('System theme')).toBeChecked();
  await theme('Light theme').check({ force: true });
  await expect.poll(() => background(page)).toBe(light);
  await page.reload();
  expect(await background(page), 'before anything is alive').toBe(light);
  await ready();
  await expect(theme('Light theme')).toBeChecked();
  await theme('System theme').check({ force: true });
  await expect.poll(() => background(page)).toBe(dark);
});
