// People press the mouse wherever the words are. What nothing answers to must not do anything, least of all end the page.

import type { Locator, Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import { opened, places, type Opened, type Place } from '../support/pages';
import { expect, hydrated, ORG, test } from '../support/test';

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

/** What is seen but answers to nothing: words, padding, headings, gaps. One point for each, within the window. */
function inert(page: Page): Promise<{ x: number; y: number; what: string }[]> {
  return page.evaluate(() => {
    const root = document.querySelector('dialog[open]') ?? document.body;
    const acts = 'a, button, summary, input, select, textarea, label, [role=menuitem], [contenteditable]';
    const seen = new Set<string>();
    const points: { x: number; y: number; what: string }[] = [];
    const area = root.getBoundingClientRect();
    const add = (x: number, y: number, what: string): void => {
      // Beside a dialog is its backdrop, which closes it.
      if (root !== document.body && (x < area.left || x > area.right || y < area.top || y > area.bottom)) return;
      const hit = document.elementFromPoint(x, y);
      if (!hit || hit.closest(acts) || !root.contains(hit)) return;
      // One of each kind: the twentieth row is no other than the first.
      const kind = `${hit.tagName}.${hit.className.toString()}<${hit.parentElement?.className.toString() ?? ''} ${what}`;
      if (seen.has(kind)) return;
      seen.add(kind);
      points.push({ x, y, what: kind });
    };
    for (const element of root.querySelectorAll('*')) {
      const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
      if (width < 4 || height < 4 || !element.checkVisibility()) continue;
      add(left + width / 2, top + height / 2, 'middle');
      add(left + 2, top + 2, 'corner');
      add(right - 2, bottom - 2, 'far corner');
    }
    return points;
  });
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
  const button = access.drop('Download');
  const file = page.getByRole('link', { name: 'JSON file' });
  await button.click();
  const panel = await page.locator('#download > .drop-panel').boundingBox();
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
  await access.drop(/^Role/).click();
  await expect(file).toBeHidden();
  await expect(page.getByRole('group', { name: 'Filter by role' })).toBeVisible();
  // Text that is selected in a panel may end outside of it.
  await page.mouse.move((await words(page, 'Admin')).x, (await words(page, 'Admin')).y);
  await page.mouse.down();
  await page.mouse.move(5, 5);
  await page.mouse.up();
  await expect(page.getByRole('group', { name: 'Filter by role' })).toBeVisible();
});

/** Clicks at each point, one after the other as a person does, but without waiting for the answer to each. */
async function clickAll(page: Page, points: { x: number; y: number }[]): Promise<void> {
  const browser = await page.context().newCDPSession(page);
  const events = points.flatMap(({ x, y }) => (['mouseMoved', 'mousePressed', 'mouseReleased'] as const).map((type) => ({ type, x, y })));
  await Promise.all(
    events.map((event) =>
      browser.send('Input.dispatchMouseEvent', { ...event, ...(event.type !== 'mouseMoved' && { button: 'left', clickCount: 1 }) }),
    ),
  );
  await browser.detach();
}

/** The labels of boxes, fields and choices of what lies on top. */
function labels(page: Page): Locator {
  return page.locator('dialog[open] label, body:not(:has(dialog[open])) label');
}

/** The middle of the words of one of them, when they can be pressed. */
function middle(page: Page, number: number): Promise<{ x: number; y: number } | null> {
  return labels(page).evaluateAll((all, number) => {
    const label = all[number];
    if (!label) return null;
    const walker = document.createTreeWalker(label, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const { x, y, width, height } = range.getBoundingClientRect();
      const at = { x: x + width / 2, y: y + height / 2 };
      if (width > 2 && height > 2 && label.contains(document.elementFromPoint(at.x, at.y))) return at;
    }
    return null;
  }, number);
}

const all: (Place & Partial<Opened>)[] = [...places, ...opened];
for (const place of all) {
  test.describe(() => {
    test.use({ as: place.as });
    test(`pressing the words, labels and gaps of ${place.name} leaves it alive`, async ({ page, api, errors }) => {
      errors.allow(/responded with a status of/);
      let crashed = false;
      page.on('crash', () => (crashed = true));
      const made = (await place.make?.(api)) ?? '';
      await page.goto(place.path);
      await hydrated(page);
      await place.open?.(page, made);
      const address = page.url();
      const dialogs = await page.locator('dialog[open]').count();
      const points = await inert(page);
      expect(points.length, 'something to press').toBeGreaterThan(0);
      await clickAll(page, points);
      // What answers to nothing did nothing.
      expect(crashed, 'the tab has crashed').toBe(false);
      expect(await page.locator('dialog[open]').count(), 'dialogs open').toBe(dialogs);
      expect(page.url()).toBe(address);

      // A label does something, which may change what there is to press.
      const seen = await labels(page).evaluateAll((all) => all.flatMap((label, n) => (label.checkVisibility() ? [n] : [])));
      for (const n of seen) {
        const at = await middle(page, n);
        if (at) await clickAll(page, [at]);
      }
      expect(crashed, 'the tab has crashed').toBe(false);
      expect(await page.locator('dialog[open]').count(), 'dialogs open').toBe(dialogs);
      // The page answers to this: it is alive.
      await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
      await expect(page.locator('#crash')).toBeHidden();
    });
  });
}
