// A picture of every page and every dialog: wide and narrow, light and dark; full, empty and failed.

import path from 'node:path';
import type { Page } from '@playwright/test';
import { AccessPage } from './support/access';
import { setUp } from './support/api';
import { opened, places } from './support/pages';
import { ORG, test } from './support/test';

const folder = process.env.LOOK_DIR;
if (!folder) throw new Error('LOOK_DIR names no folder: start this with script/look');

const org = `/o/${ORG}`;

for (const [width, height] of [
  [1440, 900],
  [390, 844],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${width} ${colorScheme}`, () => {
      test.use({ viewport: { width, height }, colorScheme, contextOptions: { reducedMotion: 'reduce' } });

      const take = async (page: Page, name: string, state: 'full' | 'empty' | 'failed'): Promise<void> => {
        // The table alone would make the picture of a page some screens high.
        const fullPage = !/^(access|dialog|menu)/.test(name);
        await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}-${state}.png`), fullPage });
      };

      for (const place of places) {
        test.describe(() => {
          test.use({ as: place.as });
          test(place.name, async ({ page, open, errors }) => {
            errors.allow(/./);
            await open(place.path);
            await take(page, place.name, 'full');
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
            await take(page, state.name, 'full');
          });
        });
      }

      test('set-up and an organization with nothing in it', async ({ startServer, openWindow, open, errors }) => {
        errors.allow(/./);
        const server = await startServer();
        const first = await openWindow({ server });
        await open('/setup', first);
        await take(first, 'setup', 'empty');
        const { org: slug, state, api } = await setUp(server);
        const page = await openWindow({ server, state });
        for (const [name, below] of [
          ['first-steps', 'first-steps'],
          ['access', 'access'],
          ['invite', 'access/invite'],
          ['providers', 'providers'],
          ['teams', 'teams'],
        ] as const) {
          await open(`/o/${slug}/${below}`, page);
          await take(page, name, 'empty');
        }
        const { link } = await api.invite('ivy@example.com');
        await open(new URL(link).pathname, first);
        await take(first, 'invitation', 'full');
        await open(new URL(link).pathname, page);
        await take(page, 'invitation-for-another', 'full');
        await api.close();
      });

      test.describe('when the server cannot be reached', () => {
        test.beforeEach(({ errors }) => errors.allow(/./));

        test('access', async ({ page, open }) => {
          await open(`${org}/access`);
          await page.route('**/api/ui/**', (route) => route.abort());
          const access = new AccessPage(page);
          await access.search.fill('anything');
          await page.getByRole('alert').waitFor();
          await take(page, 'access', 'failed');
        });

        test('access download', async ({ page, open }) => {
          await open(`${org}/access`);
          await page.route('**/export.*', (route) => route.abort());
          await new AccessPage(page).dropdown('Download').click();
          await page.getByRole('link', { name: 'JSON file' }).click();
          await page.getByRole('alert').waitFor();
          await take(page, 'access-download', 'failed');
        });

        for (const [name, link] of [
          ['first-steps', 'First steps'],
          ['providers', 'Providers'],
          ['teams', 'Teams'],
        ] as const) {
          test(name, async ({ page, open }) => {
            await open(`${org}/access/how`);
            await page.route('**/api/ui/**', (route) => route.abort());
            if (width < 600) await page.locator('summary').and(page.getByLabel('Menu')).click();
            await page.getByRole('navigation', { name: 'Organization' }).getByRole('link', { name: link }).click();
            await page.getByRole('alert').waitFor();
            await take(page, name, 'failed');
          });
        }

        test('login', async ({ openWindow, open }) => {
          const page = await openWindow();
          await open('/login', page);
          await page.getByLabel('Email').fill('owner@example.com');
          await page.getByLabel('Password').fill('not the password');
          await page.getByRole('button', { name: 'Sign in' }).click();
          await page.getByRole('alert').waitFor();
          await take(page, 'login', 'failed');
        });
      });
    });
  }
}
