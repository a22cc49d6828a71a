// People press the mouse wherever the words are. What nothing answers to must not do anything, least of all end the page.

import type { Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import { expect, ORG, test } from '../support/test';

/** The middle of the words of the first element with exactly this text. */
async function words(page: Page, text: string): Promise<{ x: number; y: number }> {
  const at = await page.evaluate((text) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.textContent?.trim() !== text) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const { x, y, width, height } = range.getBoundingClientRect();
      if (width && height && node.parentElement?.checkVisibility()) return { x: x + width / 2, y: y + height / 2 };
    }
    return null;
  }, text);
  if (!at) throw new Error(`nothing visible says “${text}”`);
  return at;
}

/** Presses in the middle of words. */
async function press(page: Page, text: string): Promise<void> {
  const { x, y } = await words(page, text);
  await page.mouse.click(x, y);
}

test('a press on the words of a filter filters', async ({ page, open }) => {
  const access = new AccessPage(page);
  for (const [filter, choice, address] of [
    ['Role', 'Admin', /role=admin/],
    ['Status', 'Suspended', /status=suspended/],
    ['Team', 'Research', /team=\d+/],
    ['Provider', 'None', /provider=none/],
  ] as const) {
    await open(`/o/${ORG}/access`);
    await press(page, filter);
    const group = page.getByRole('group', { name: `Filter by ${filter.toLowerCase()}` });
    await expect(group).toBeVisible();
    const box = page.getByRole('checkbox', { name: choice, exact: true });
    // Below the fold where there are many.
    await box.scrollIntoViewIfNeeded();
    const label = await group.locator('label').filter({ has: box }).boundingBox();
    if (!label) throw new Error('the label is not shown');
    // Beyond the box, on the words and behind them.
    await page.mouse.click(label.x + 40, label.y + label.height / 2);
    await expect(page).toHaveURL(address);
    await expect(box).toBeChecked();
    await page.mouse.click(label.x + label.width - 4, label.y + label.height / 2);
    await expect(box).not.toBeChecked();
    await access.settled();
    await expect(group).toBeVisible();
  }
});

test('a panel stays while it is pressed and goes with a press elsewhere, Escape or Tab', async ({ page, open }) => {
  await open(`/o/${ORG}/access`);
  const access = new AccessPage(page);
  const button = access.dropdown('Download');
  const file = page.getByRole('link', { name: 'JSON file' });
  await button.click();
  const panel = await page.locator('#download > .dropdown-panel').boundingBox();
  if (!panel) throw new Error('the panel is not shown');
  await page.mouse.click(panel.x + 3, panel.y + panel.height / 2);
  await page.mouse.click(panel.x + panel.width / 2, panel.y + panel.height - 3);
  await expect(file).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(file).toBeHidden();
  await expect(button).toBeFocused();

  await button.click();
  await expect(file).toBeVisible();
  await press(page, 'AI Access');
  await expect(file).toBeHidden();

  await button.click();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'XLSX spreadsheet' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(file).toBeHidden();

  // Another panel takes its place.
  await button.click();
  await access.dropdown(/^Role/).click();
  await expect(file).toBeHidden();
  await expect(page.getByRole('group', { name: 'Filter by role' })).toBeVisible();
  // Text that is selected in a panel may end outside of it.
  await page.mouse.move((await words(page, 'Admin')).x, (await words(page, 'Admin')).y);
  await page.mouse.down();
  await page.mouse.move(5, 5);
  await page.mouse.up();
  await expect(page.getByRole('group', { name: 'Filter by role' })).toBeVisible();
});
