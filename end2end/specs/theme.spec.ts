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

test('fields of one form look alike, and nothing goes on turning where motion is not wanted', async ({ page, open }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(`/o/${ORG}/providers`);
  await page.getByRole('button', { name: 'Add provider' }).click();
  const fields = page.getByRole('dialog').locator('.input');
  await expect(fields.first()).toBeVisible();
  const looks = await fields.evaluateAll((all) => all.map((field) => getComputedStyle(field).backgroundColor));
  expect(new Set(looks).size).toBe(1);
  const turns = await page.evaluate(() => {
    const ring = document.body.appendChild(document.createElement('span'));
    ring.className = 'ring';
    return getComputedStyle(ring).animationIterationCount;
  });
  expect(turns).toBe('1');
});
