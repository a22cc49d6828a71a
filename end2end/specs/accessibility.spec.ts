// Every page and every dialog, once each: no violation of accessibility in light or dark, and alive wherever it is pressed.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { status } from '../support/guard';
import { opened, places } from '../support/pages';
import { expectAlive } from '../support/pressing';
import { expect, test, unique } from '../support/test';

async function expectAccessible(page: Page): Promise<void> {
  const check = async (builder: AxeBuilder): Promise<void> => {
    const { violations } = await builder.analyze();
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target.join(' ')).join(', ')})`);
    expect(found).toEqual([]);
  };
  await check(new AxeBuilder({ page }));
  // The dark theme is the same page in other colours.
  await page.emulateMedia({ colorScheme: 'dark' });
  await check(new AxeBuilder({ page }).withRules('color-contrast'));
  await page.emulateMedia({ colorScheme: 'light' });
}

test.describe('@phone', () => {
  // What fades in is judged by what it becomes.
  test.use({ contextOptions: { reducedMotion: 'reduce' } });

  for (const place of places) {
    test.describe(() => {
      test.use({ as: place.as });
      test(place.name, async ({ page, open, errors, hasTouch }) => {
        errors.allow(status(403, 404, 410));
        await open(place.path);
        await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
        await expect(page).toHaveTitle(/Gatehouse/);
        await expectAccessible(page);
        if (!hasTouch) await expectAlive(page);
      });
    });
  }

  for (const state of opened) {
    test.describe(() => {
      test.use({ as: state.as });
      test(state.name, async ({ page, open, api, errors, hasTouch }) => {
        const made = (await state.make?.(api)) ?? '';
        await open(state.path);
        await state.open(page, made);
        await expectAccessible(page);
        if (hasTouch) return;
        errors.expectNone();
        // Some of what a label does is refused.
        errors.allow(/responded with a status of/);
        await expectAlive(page);
      });
    });
  }

  test('set-up and invitations', async ({ startServer, openWindow, open, api }) => {
    const server = await startServer();
    const setup = await openWindow({ server });
    await open('/setup', setup);
    await expectAccessible(setup);
    const { link } = await api.invite(`${unique('axe')}@example.com`);
    const invited = await openWindow();
    await open(new URL(link).pathname, invited);
    await expectAccessible(invited);
  });
});
