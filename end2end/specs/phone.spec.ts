import type { Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import { status } from '../support/guard';
import { opened, places } from '../support/pages';
import { expect, ORG, test, unique } from '../support/test';

/** How far the page can be moved sideways. */
const sideways = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test.describe('at 390 px nothing sticks out @phone-only', () => {
  for (const place of places) {
    test.describe(() => {
      test.use({ as: place.as });
      test(place.name, async ({ page, open, errors }) => {
        errors.allow(status(403, 404, 410));
        await open(place.path);
        expect(await sideways(page)).toBe(0);
        const heading = await page.getByRole('heading', { level: 1 }).boundingBox();
        expect(heading && heading.x >= 0 && heading.x + heading.width <= 390).toBe(true);
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
        expect(await sideways(page)).toBe(0);
        const floating = page.getByRole('dialog').or(page.getByRole('menu')).first();
        if (await floating.count()) {
          const box = await floating.boundingBox();
          expect(box && box.x >= 0 && box.x + box.width <= 390, 'the dialog fits').toBe(true);
        }
      });
    });
  }
});

test.describe('on a phone @phone-only', () => {
  test('rows are cards, ordered and filtered from the toolbar', async ({ page, open }) => {
    await open(`/o/${ORG}/access`);
    const access = new AccessPage(page);
    await expect(access.rows).toHaveCount(50);
    await expect(access.heading('Email').getByRole('link')).not.toBeInViewport();
    const [first, second] = [await access.rows.nth(0).boundingBox(), await access.rows.nth(1).boundingBox()];
    expect(first && second && second.y > first.y + first.height / 2).toBe(true);
    expect(first && first.x >= 0 && first.x + first.width <= 390).toBe(true);

    await access.dropdown(/^Sort/).click();
    await page.getByRole('link', { name: 'Email', exact: true }).and(page.locator(':visible')).click();
    await expect(page).toHaveURL(`/o/${ORG}/access?sort=email`);
    await access.filter('Role', 'Admin');
    await expect(page).toHaveURL(/role=admin/);
  });

  test('the menu leads to every page and goes away', async ({ page, open }) => {
    await open(`/o/${ORG}/access`);
    const menu = page.locator('summary').and(page.getByLabel('Menu'));
    const link = page.getByRole('navigation', { name: 'Organization' }).getByRole('link', { name: 'Providers' });
    await expect(link).toBeHidden();
    await menu.click();
    await link.click();
    await expect(page).toHaveURL(`/o/${ORG}/providers`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Providers');
    await expect(link).toBeHidden();
  });

  test('a row’s dialog works with a finger', async ({ page, open, api }) => {
    const email = `${unique('phone')}@example.com`;
    await api.join('Phoebe Phone', email);
    await open(`/o/${ORG}/access?q=${email}`);
    const access = new AccessPage(page);
    await access.row(email).getByRole('button', { name: /^Actions for/ }).tap();
    await page.getByRole('menuitem', { name: 'Edit allowed providers' }).tap();
    const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
    await dialog.getByRole('button', { name: 'Select all' }).tap();
    await dialog.getByRole('button', { name: 'Save' }).tap();
    await expect(dialog).toBeHidden();
    await expect(access.row(email)).not.toContainText('None');
  });
});
