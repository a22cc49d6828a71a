// Presses wherever nothing, or only a label, answers: the page must live on.

import type { Locator, Page } from '@playwright/test';
import { expect } from './test';

/** What is seen but answers to nothing: words, padding, headings, gaps. One point for each, within the window. */
function inert(page: Page): Promise<{ x: number; y: number; what: string }[]> {
  return page.evaluate(() => {
    const root = document.querySelector('dialog[open]') ?? document.body;
    const acts = 'a, button, summary, input, select, textarea, label, [role=menuitem], [contenteditable]';
    const tried = new Set<string>();
    const seen = new Set<string>();
    const points: { x: number; y: number; what: string }[] = [];
    const area = root.getBoundingClientRect();
    const kindOf = (element: Element, what: string): string =>
      `${element.tagName}.${element.className.toString()}<${element.parentElement?.className.toString() ?? ''} ${what}`;
    const add = (element: Element, x: number, y: number, what: string): void => {
      // Beside a dialog is its backdrop, which closes it.
      if (root !== document.body && (x < area.left || x > area.right || y < area.top || y > area.bottom)) return;
      // One of each kind: the twentieth row is no other than the first, and looking costs the browser time.
      const own = kindOf(element, what);
      if (tried.has(own)) return;
      const hit = document.elementFromPoint(x, y);
      if (!hit) return;
      tried.add(own);
      const kind = kindOf(hit, what);
      if (hit.closest(acts) || !root.contains(hit) || seen.has(kind)) return;
      seen.add(kind);
      points.push({ x, y, what: kind });
    };
    for (const element of root.querySelectorAll('*')) {
      const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
      if (width < 4 || height < 4 || !element.checkVisibility()) continue;
      add(element, left + width / 2, top + height / 2, 'middle');
      add(element, left + 2, top + 2, 'corner');
      add(element, right - 2, bottom - 2, 'far corner');
    }
    return points;
  });
}

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

/** Presses the words, labels and gaps of a page or of the dialog on it, as a person's mouse does. */
export async function expectAlive(page: Page): Promise<void> {
  let crashed = false;
  page.on('crash', () => (crashed = true));
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
}
