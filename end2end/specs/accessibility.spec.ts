import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { status } from '../support/guard';
import { opened, places } from '../support/pages';
import { expect, test, unique } from '../support/test';

async function expectAccessible(page: Page): Promise<void> {
  // What fades in is judged by what it becomes.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target.join(' ')).join(', ')})`);
  expect(found).toEqual([]);
}

for (const scheme of ['light', 'dark'] as const) {
  test.describe(`${scheme} @phone`, () => {
    test.use({ colorScheme: scheme, contextOptions: { reducedMotion: 'reduce' } });

    for (const place of places) {
      test.describe(() => {
        test.use({ as: place.as });
        test(place.name, async ({ page, open, errors }) => {
          errors.allow(status(403, 404));
          await open(place.path);
          await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
          await expect(page).toHaveTitle(/Gatehouse/);
          await expectAccessible(page);
        });
      });
    }

    for (const state of opened) {
      test.describe(() => {
        test.use({ as: state.as });
        test(state.name, async ({ page, open, api }) => {
          const made = (await state.make?.(api)) ?? '';
          await open(state.path);
          await state.open(page, made);
          await expectAccessible(page);
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
}
