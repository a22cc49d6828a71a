import type { Page } from '@playwright/test';
import { Account, Api, type StorageState } from '../support/api';
import { crowd } from '../support/crowd';
import type { Server } from '../support/server';
import { expect, hydrated, ORG, test } from '../support/test';

/** What a browser window can be made of: its width, and whatever makes what is in it wider. */
const windows = [
  ...[1024, 1280, 1366, 1440, 1920, 2560].map((width) => ({ width, stretched: false, zoom: 1 })),
  ...[1024, 1280, 1440].map((width) => ({ width, stretched: true, zoom: 1 })),
  // At 200 % a page has half the width, and the same screen twice the dots.
  ...[1280, 1440, 1920].map((width) => ({ width, stretched: false, zoom: 2 })),
];

/** Fonts wider by some 15 %: a letter is about half as wide as its font is high. */
const stretch = '* { letter-spacing: 0.075em !important; }';

/** A server with such a row, of its own: other tests count what there is. */
async function crowded(startServer: (options: object) => Promise<Server>): Promise<{ server: Server; state: StorageState; email: string }> {
  const server = await startServer({ demo: true });
  const state = await new Account(server.url, 'owner@example.com', server.demoPassword).signIn();
  const api = await Api.open(server.url, ORG, state);
  const email = await crowd(api);
  await api.close();
  return { server, state, email };
}

/** What stands out: the page itself, what a table does not scroll to, and actions that are out of sight. */
function standsOut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const out: string[] = [];
    const room = document.documentElement.clientWidth;
    const name = (e: Element) => `${e.tagName.toLowerCase()}.${e.className} “${e.textContent?.trim().slice(0, 30)}”`;
    if (document.documentElement.scrollWidth > room) out.push(`the page, ${document.documentElement.scrollWidth - room} px`);
    for (const panel of document.querySelectorAll('.table-panel')) {
      const frame = panel.getBoundingClientRect();
      const scrolls = getComputedStyle(panel).overflowX === 'auto';
      for (const cell of panel.querySelectorAll('th, td')) {
        if (!cell.checkVisibility()) continue;
        const box = cell.getBoundingClientRect();
        if (!scrolls && (box.right > frame.right + 1 || box.left < frame.left - 1)) out.push(`${name(cell)}, cell`);
        // A cell whose content reaches into the next one.
        if (cell.scrollWidth > cell.clientWidth + 1 && getComputedStyle(cell).overflowX === 'visible') out.push(`${name(cell)}, content`);
      }
      // Cells one over the other, and what is too narrow to be read.
      for (const row of panel.querySelectorAll('tr')) {
        const cells = [...row.cells].map((cell) => ({ cell, box: cell.getBoundingClientRect() })).filter(({ cell }) => cell.checkVisibility());
        for (const [i, { cell, box }] of cells.entries()) {
          if (box.width < 40 && (cell.textContent?.trim().length ?? 0) > 3) out.push(`${name(cell)}, ${box.width} px narrow`);
          const over = cells.slice(i + 1).find(({ box: b }) => b.left < box.right - 1 && b.right > box.left + 1 && b.top < box.bottom - 1 && b.bottom > box.top + 1);
          if (over) out.push(`${name(cell)} and ${name(over.cell)}, one over the other`);
        }
      }
      for (const button of panel.querySelectorAll('button:not([popover] *), tbody .actions')) {
        const box = button.getBoundingClientRect();
        const cell = button.closest('.actions, .c-actions');
        if (cell && box.width > 0 && (box.left < frame.left || box.right > Math.min(frame.right, room))) out.push(`${name(button)}, action`);
      }
    }
    return out;
  });
}

test('tables fit their frame at every width, with wide fonts and at 200 % zoom', async ({ startServer, openWindow }) => {
  const { server, state, email } = await crowded(startServer);
  const pages = [`access?q=${encodeURIComponent(email)}`, 'access', 'providers', 'providers/openai', 'teams', 'access/how'];
  for (const zoom of [1, 2]) {
    const page = await openWindow({ server, state, context: { deviceScaleFactor: zoom, bypassCSP: true } });
    for (const path of pages) {
      await page.goto(`/o/${ORG}/${path}`);
      await hydrated(page);
      await expect(page.getByRole('table')).toBeVisible();
      for (const stretched of [false, true]) {
        const style = stretched ? await page.addStyleTag({ content: stretch }) : null;
        for (const { width } of windows.filter((w) => w.zoom === zoom && w.stretched === stretched)) {
          await page.setViewportSize({ width: width / zoom, height: 800 });
          expect(await standsOut(page), `${path} at ${width} px${stretched ? ', wide fonts' : ''}, zoom ${zoom}`).toEqual([]);
        }
        await style?.evaluate((node) => (node as Element).remove());
      }
    }
  }
});

test('long names stay in their row of a dialog, and what is pasted stays in its card', async ({ startServer, openWindow, open: openOn }) => {
  const { server, state, email } = await crowded(startServer);
  const page = await openWindow({ server, state });
  const open = (path: string): Promise<void> => openOn(path, page);
  const overlapping = (rows: (HTMLElement | SVGElement)[]): number => {
    const boxes = rows.map((row) => {
      const text = document.createRange();
      text.selectNodeContents(row);
      return text.getBoundingClientRect();
    });
    return boxes.filter((box, i) => boxes.slice(i + 1).some((b) => b.top < box.bottom - 1 && b.bottom > box.top + 1 && b.left < box.right && b.right > box.left)).length;
  };
  await open(`/o/${ORG}/access?q=${encodeURIComponent(email)}`);
  await page.getByRole('button', { name: /^Actions for/ }).click();
  await page.getByRole('menuitem', { name: 'Edit allowed providers' }).click();
  const rows = page.getByRole('dialog').getByRole('group').locator('label');
  await expect(rows.first()).toBeVisible();
  expect(await rows.evaluateAll(overlapping)).toBe(0);

  await open(`/o/${ORG}/access/invite`);
  await page.getByRole('textbox', { name: 'Email addresses' }).fill(`${'unbroken'.repeat(40)}@example.com`);
  expect(await standsOut(page)).toEqual([]);
  expect(await page.locator('.invite-teams label').evaluateAll(overlapping)).toBe(0);
});
