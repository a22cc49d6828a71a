import { AccessPage } from '../support/access';
import { expect, ORG, test } from '../support/test';

const path = `/o/${ORG}/access`;

test('the first HTML holds the first fifty rows', async ({ page, api }) => {
  const html = await (await page.request.get(path)).text();
  const { rows } = await api.page();
  expect(rows).toHaveLength(50);
  for (const row of rows) expect(html).toContain(row.email);
});

test('shows every column @nojs', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  expect(await access.labels()).toEqual([
    'Name',
    'Email',
    'Role',
    'Teams',
    'Keys',
    'Allowed providers',
    'Status',
    'Last login',
    'Actions',
  ]);
  expect(new Set(await access.column('Role'))).toContain('Member');
  const statuses = await access.overAllPages('Status');
  expect(new Set(statuses)).toEqual(new Set(['Active', 'Suspended', 'Invited', 'Expired']));
});

test.describe('sorting @nojs', () => {
  const names = new Intl.Collator('und', { numeric: true });
  const byName = (a: string, b: string): number => names.compare(a, b);
  const plain = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const rank = (order: string[]) => (a: string, b: string): number => order.indexOf(a) - order.indexOf(b);
  const first = (text: string): string => text.split(/, |\n/)[0]?.replace(' (inactive)', '') ?? '';

  const columns: [label: string, parameter: string, compare: (a: string, b: string) => number, value: (text: string) => string | null][] = [
    ['Name', 'name', byName, (text) => (text === '—' ? null : text)],
    ['Email', 'email', plain, (text) => text.toLowerCase()],
    ['Role', 'role', rank(['Member', 'Auditor', 'Admin', 'Owner']), (text) => text],
    ['Teams', 'teams', byName, (text) => (text === '—' ? null : first(text))],
    ['Keys', 'keys', (a, b) => Number(a) - Number(b), (text) => (text === '—' ? '0' : text)],
    ['Allowed providers', 'providers', byName, (text) => (/^(None$|None\n|after they join)/.test(text) ? null : first(text))],
    ['Status', 'status', plain, (text) => text],
    ['Last login', 'last_login', plain, (text) => (text === 'Never' ? null : text)],
  ];

  for (const [label, parameter, compare, value] of columns) {
    test(`by ${label}, empty ones last either way`, async ({ page, open }) => {
      await open(label === 'Name' ? `${path}?sort=email` : path);
      const access = new AccessPage(page);
      for (const direction of ['ascending', 'descending'] as const) {
        await access.heading(label).getByRole('link').click();
        await expect(access.heading(label)).toHaveAttribute('aria-sort', direction);
        await expect(access.table.locator('[aria-sort]')).toHaveCount(1);
        const query = new URL(page.url()).searchParams;
        expect([query.get('sort') ?? 'name', query.get('dir')]).toEqual([parameter, direction === 'descending' ? 'desc' : null]);
        await access.settled();

        const values = (await access.overAllPages(label)).map(value);
        const present = values.filter((text) => text !== null);
        expect(values.slice(0, present.length), 'empty ones come last').toEqual(present);
        const sorted = [...present].sort((a, b) => (direction === 'ascending' ? compare(a, b) : compare(b, a)));
        expect(present).toEqual(sorted);
        await page.goto(`${path}?sort=${parameter}${direction === 'ascending' ? '' : '&dir=desc'}`);
        if (direction === 'ascending') await open(page.url());
      }
    });
  }
});

test('the same rows come back after a reload', async ({ page, open, ready }) => {
  await open(`${path}?sort=last_login&dir=desc&status=active&page=2`);
  const access = new AccessPage(page);
  const before = await access.emails();
  await page.reload();
  await ready();
  expect(await access.emails()).toEqual(before);
});

test('filters narrow the table, and each can be cleared', async ({ page, open }) => {
  await open(`${path}?page=2`);
  const access = new AccessPage(page);
  await access.dropdown(/^Role/).click();
  // A choice is applied at once; the button is for those without JavaScript.
  await expect(page.getByRole('checkbox', { name: 'Admin' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Apply' })).toHaveCount(0);
  await page.keyboard.press('Escape');
  await access.filter('Role', 'Admin', 'Auditor');
  await expect(page).toHaveURL(`${path}?role=admin,auditor`);
  await expect(access.dropdown('Role: Auditor, Admin').or(access.dropdown('Role: Admin, Auditor'))).toBeVisible();
  await access.settled();
  await expect.poll(async () => new Set(await access.overAllPages('Role'))).toEqual(new Set(['Admin', 'Auditor']));

  await access.filter('Status', 'Active');
  await expect(page).toHaveURL(/status=active/);
  await access.settled();
  await expect.poll(async () => new Set(await access.column('Status'))).toEqual(new Set(['Active']));
  expect(new Set(await access.column('Role')).size).toBeLessThanOrEqual(2);

  await page.getByRole('link', { name: 'Clear the role filter' }).click();
  await expect(page).toHaveURL(`${path}?status=active`);
  await expect(access.dropdown(/^Role$/)).toBeVisible();

  await page.getByRole('link', { name: 'Clear all' }).click();
  await expect(page).toHaveURL(path);
});

test('filters by team and by provider, and by having none', async ({ page, open, api }) => {
  const { teams, providers } = await api.page();
  await open(path);
  const access = new AccessPage(page);
  const everybody = await api.rows();
  const emails = (keep: (row: (typeof everybody)[number]) => boolean): string[] => everybody.filter(keep).map((row) => row.email);

  const team = teams[0]?.name ?? '';
  await access.filter('Team', team);
  await expect.poll(async () => access.total()).toBe(emails((row) => row.teams.some((t) => t.name === team)).length);
  expect((await access.overAllPages('Teams')).every((text) => text.includes(team))).toBe(true);

  await open(path);
  const provider = providers[0]?.name ?? '';
  await access.filter('Provider', provider);
  await expect.poll(async () => access.total()).toBe(emails((row) => row.providers.some((p) => p.name === provider)).length);

  await open(path);
  await access.filter('Provider', 'None');
  await expect.poll(async () => access.total()).toBe(emails((row) => row.providers.length === 0).length);
});

test('a filter works without JavaScript @nojs-only', async ({ page, open }) => {
  await open(`${path}?q=example&sort=email`);
  const access = new AccessPage(page);
  await access.dropdown(/^Role$/).click();
  const group = page.getByRole('group', { name: 'Filter by role' });
  await group.getByRole('checkbox', { name: 'Admin' }).check();
  await group.getByRole('checkbox', { name: 'Owner' }).check();
  await page.getByRole('button', { name: 'Apply' }).and(page.locator(':visible')).click();
  const query = new URL(page.url()).searchParams;
  expect([query.get('q'), query.get('sort')]).toEqual(['example', 'email']);
  expect(new Set(await access.column('Role'))).toEqual(new Set(['Admin', 'Owner']));
});

test('pages: first, previous, next, last @nojs', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  const total = await access.total();
  const pages = Math.ceil(total / 50);
  expect(pages, 'the demo has enough people for the pager').toBeGreaterThan(2);
  const link = (name: string) => access.pager.getByRole('link', { name });
  await expect(access.pager).toContainText(`1–50 of ${total}`);
  await expect(link('First page')).toHaveAttribute('aria-disabled', 'true');
  await expect(link('Previous page')).toHaveAttribute('aria-disabled', 'true');

  await link('Next page').click();
  await expect(page).toHaveURL(`${path}?page=2`);
  await expect(access.pager).toContainText(`51–100 of ${total}`);
  await link('Last page').click();
  await expect(page).toHaveURL(`${path}?page=${pages}`);
  await expect(access.pager).toContainText(`${(pages - 1) * 50 + 1}–${total} of ${total}`);
  await expect(link('Next page')).toHaveAttribute('aria-disabled', 'true');
  await link('Previous page').click();
  await expect(page).toHaveURL(`${path}?page=${pages - 1}`);
  await link('First page').click();
  await expect(page).toHaveURL(path);
  await expect(access.pager).toContainText(`1–50 of ${total}`);
});

test('every row is on exactly one page, whatever the order @nojs', async ({ page, open }) => {
  const access = new AccessPage(page);
  for (const sort of ['', '?sort=role', '?sort=teams&dir=desc']) {
    await open(path + sort);
    const total = await access.total();
    const emails = await access.overAllPages('Email');
    expect(emails).toHaveLength(total);
    expect(new Set(emails).size).toBe(total);
  }
});

test('a page out of range shows the nearest one @nojs', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  const total = await access.total();
  for (const beyond of ['999', '4294967296', '99999999999999999999']) {
    await open(`${path}?page=${beyond}`);
    await expect(access.pager).toContainText(`–${total} of ${total}`);
    await expect(access.rows).not.toHaveCount(0);
    await expect(access.pager.getByRole('link', { name: 'Next page' })).toHaveAttribute('aria-disabled', 'true');
  }
  for (const before of ['0', '-3', 'two']) {
    await open(`${path}?page=${before}`);
    await expect(access.pager).toContainText(`1–50 of ${total}`);
  }
});

test('Back returns to the view before', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  const atFirst = await access.emails();
  await access.heading('Email').getByRole('link').click();
  await expect(page).toHaveURL(`${path}?sort=email`);
  await access.pager.getByRole('link', { name: 'Next page' }).click();
  await expect(access.pager).toContainText('51–100');
  await access.filter('Role', 'Admin');
  await expect(page).toHaveURL(/role=admin/);
  await expect(access.pager).not.toContainText('51–');

  await page.goBack();
  await expect(page).toHaveURL(`${path}?sort=email&page=2`);
  await expect(access.pager).toContainText('51–100');
  await expect(access.dropdown(/^Role$/)).toBeVisible();
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL(path);
  await expect.poll(() => access.emails()).toEqual(atFirst);
  await page.goForward();
  await expect(access.heading('Email')).toHaveAttribute('aria-sort', 'ascending');
});

test('ordering goes back to page one and keeps search and filters', async ({ page, open }) => {
  await open(`${path}?q=example&role=member&page=2`);
  const access = new AccessPage(page);
  await access.heading('Status').getByRole('link').click();
  await expect(page).toHaveURL(`${path}?q=example&role=member&sort=status`);
});

test('exact times stand behind the relative ones, and “Never” where there was none @nojs', async ({ page, open }) => {
  await open(`${path}?sort=last_login&dir=desc`);
  const access = new AccessPage(page);
  const time = access.rows.first().getByRole('time');
  await expect(time).toHaveText(/(just now|ago|Yesterday)$/);
  await expect(time).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  await expect(time).toHaveAttribute('title', /^\d{1,2} \w{3} \d{4}, \d\d:\d\d UTC$/);
  const logins = await access.overAllPages('Last login');
  expect(logins.at(-1)).toBe('Never');
  expect(logins.join()).not.toContain('1970');
});

test('an Arabic name is shown and found', async ({ page, open, api }) => {
  const arabic = (await api.rows()).find((row) => /\p{Script=Arabic}/u.test(row.name));
  expect(arabic, 'the demo has an Arabic name').toBeDefined();
  const name = arabic?.name ?? '';
  const word = /\p{Script=Arabic}+/u.exec(name)?.[0] ?? '';
  await open(path);
  const access = new AccessPage(page);
  await access.search.fill(word);
  await expect(page).toHaveURL(`${path}?q=${encodeURIComponent(word)}`);
  await expect(access.row(arabic?.email ?? '').getByRole('rowheader')).toHaveText(name);
  await expect(access.row(arabic?.email ?? '').locator('mark').first()).toHaveText(word);
});
