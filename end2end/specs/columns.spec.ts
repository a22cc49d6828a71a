import { AccessPage } from '../support/access';
import { expect, ORG, test } from '../support/test';

const path = `/o/${ORG}/access`;

test.describe('the columns of AI Access', () => {
  test('that are chosen stay in the address, for the next visit and in every link @nojs', async ({ page, open, javaScriptEnabled }) => {
    await open(path);
    const access = new AccessPage(page);
    await access.dropdown('Columns').click();
    const group = page.getByRole('group', { name: 'Columns to show' });
    await expect(group.getByRole('checkbox')).toHaveCount(7);
    for (const column of ['Email', 'Keys']) await group.getByRole('checkbox', { name: column, exact: true }).uncheck();
    if (javaScriptEnabled === false) await page.getByRole('button', { name: 'Apply' }).and(page.locator(':visible')).click();
    await expect.poll(() => new URL(page.url()).searchParams.getAll('columns').join(',').replace(/,name$/, '')).toMatch(
      /^(name,)?role,teams,providers,status,last_login$/,
    );
    for (const gone of ['Email', 'Keys']) await expect(access.heading(gone)).toHaveCount(0);
    await expect(access.heading('Last login')).toBeVisible();
    await expect(access.rows.first().getByRole('cell')).toHaveCount(6);

    await access.heading('Role').getByRole('link').click();
    await expect(page).toHaveURL(`${path}?sort=role&columns=name,role,teams,providers,status,last_login`);

    await open(path);
    await expect(access.heading('Last login')).toBeVisible();
    await expect(access.heading('Email')).toHaveCount(0);
    // Exports have every column.
    await expect(page.locator('a[href*="export.json"]')).toHaveAttribute('href', `${path}/export.json`);
  });

  test('of a link are for that view alone', async ({ page, open }) => {
    const access = new AccessPage(page);
    await open(`${path}?columns=name,status`);
    await expect(access.heading('Status')).toBeVisible();
    await expect(access.heading('Role')).toHaveCount(0);
    await expect(access.rows.first().getByRole('button', { name: /^Actions for/ })).toBeVisible();
    await open(path);
    await expect(access.heading('Role')).toBeVisible();

    await access.dropdown('Columns').click();
    const box = page.getByRole('group', { name: 'Columns to show' }).getByRole('checkbox', { name: 'Teams' });
    await box.uncheck();
    await expect(page).toHaveURL(/columns=/);
    await expect(access.heading('Teams')).toHaveCount(0);
    await box.check();
    await expect(page).toHaveURL(path);
    await open(path);
    await expect(access.heading('Teams')).toBeVisible();
  });
});
