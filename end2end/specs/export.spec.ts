import type { Download, Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import { setUp } from '../support/api';
import { readJson, readXlsx } from '../support/export';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access`;
type Format = 'XLSX spreadsheet' | 'JSON file';

async function download(page: Page, format: Format): Promise<Download> {
  const link = page.getByRole('link', { name: format });
  // Without JavaScript the menu stays open until it is closed.
  if (!(await link.isVisible())) await new AccessPage(page).dropdown('Download').click();
  const started = page.waitForEvent('download');
  await link.click();
  return started;
}

for (const view of ['', '?q=research&sort=email&dir=desc', '?role=member&status=active&sort=last_login&page=2']) {
  test(`both files hold the rows of ${view || 'the whole table'} over all pages, in its order @nojs`, async ({ page, open }) => {
    await open(path + view);
    const access = new AccessPage(page);
    if (view.includes('page=')) {
      await access.pager.getByRole('link', { name: 'First page' }).click();
      await expect(access.pager).toContainText('1–');
      await access.settled();
    }
    const columns: Record<string, string[]> = {};
    for (const label of ['Name', 'Email', 'Role', 'Status', 'Last login']) {
      await open(path + view.replace(/[?&]page=\d+/, ''));
      columns[label] = await access.overAllPages(label);
    }
    const shown = (label: string): string[] => columns[label] ?? [];
    expect(shown('Email').length).toBeGreaterThan(0);
    await open(path + view);

    const xlsx = await download(page, 'XLSX spreadsheet');
    const today = new Date().toISOString().slice(0, 10);
    expect(xlsx.suggestedFilename()).toBe(`gatehouse-${ORG}-members-${today}.xlsx`);
    const { sheet, headings, rows } = await readXlsx(xlsx);
    expect(headings).toEqual([
      'Name',
      'Email',
      'Organization role',
      'Teams',
      'Virtual keys',
      'Allowed providers',
      'Status',
      'Last login (UTC)',
    ]);
    const text = (column: number): string[] => rows.map((row) => row[column]?.text ?? '');
    expect(text(1)).toEqual(shown('Email'));
    expect(text(0).map((name) => name || '—')).toEqual(shown('Name'));
    expect(text(2)).toEqual(shown('Role'));
    expect(text(6)).toEqual(shown('Status'));
    const logins = rows.map((row) => row[7]?.value ?? null);
    expect(logins.every((login) => login === null || login instanceof Date), 'real date cells').toBe(true);
    expect(logins.map((login) => (login as Date | null)?.toISOString().replace('.000', '') ?? 'Never')).toEqual(shown('Last login'));
    expect(sheet.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
    expect(sheet.autoFilter).toBeTruthy();

    const { json } = await readJson(await download(page, 'JSON file'));
    expect(json.members.map((member) => member.email)).toEqual(shown('Email'));
    expect(json.count).toBe(json.members.length);
    expect(json.organization.slug).toBe(ORG);
    expect(Math.abs(Date.parse(json.when) - Date.now())).toBeLessThan(120_000);
    expect(json.members.map((member) => member.last_login ?? 'Never')).toEqual(shown('Last login'));

    // Cell by cell, the two files say the same.
    const listed = (row: (typeof json.members)[number]): string[] => [
      row.teams.join('\n'),
      row.keys.map((key) => `${key.name} (…${key.last_four}${key.state === 'active' ? '' : `, ${key.state}`})`).join(', '),
      row.providers.map((provider) => provider.name + (provider.status === 'active' ? '' : ' (inactive)')).join('\n'),
    ];
    expect(rows.map((row) => row.slice(3, 6).map((cell) => cell.text))).toEqual(json.members.map(listed));
  });
}

test('teams, keys and providers are those of the rows', async ({ page, open, api }) => {
  await open(path);
  const { json } = await readJson(await download(page, 'JSON file'));
  const rows = await api.rows();
  const inFile = json.members.map(({ email, teams, keys, providers }) => ({
    email,
    teams,
    keys: keys.map((key) => key.name),
    providers: providers.map((provider) => provider.name),
  }));
  const inTable = rows.map(({ email, teams, keys, providers }) => ({
    email,
    teams: teams.map((team) => team.name),
    keys: keys.map((key) => key.name),
    providers: providers.map((provider) => provider.name),
  }));
  expect(inFile).toEqual(inTable);
});

test('says that it is done, and how many rows there are', async ({ page, open, api }) => {
  await open(`${path}?role=admin`);
  const total = (await api.page({ roles: ['admin'] })).matched;
  const file = await download(page, 'XLSX spreadsheet');
  await expect(page.getByText(`Downloaded ${file.suggestedFilename()} with ${total} rows.`)).toBeVisible();
});

test('a failure is a message on the page', async ({ page, open, errors }) => {
  errors.allow(/responded with a status of 500|net::ERR_FAILED/);
  await open(path);
  const problem = { code: 'internal', message: 'The file could not be made.' };
  await page.route('**/export.xlsx*', (route) => route.fulfill({ status: 500, json: problem }));
  const access = new AccessPage(page);
  await access.dropdown('Download').click();
  await page.getByRole('link', { name: 'XLSX spreadsheet' }).click();
  await expect(page.getByRole('alert')).toContainText('Nothing was downloaded.');
  await expect(page.getByRole('alert')).toContainText('The file could not be made.');
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);

  await page.route('**/export.json*', (route) => route.abort());
  await access.dropdown('Download').click();
  await page.getByRole('link', { name: 'JSON file' }).click();
  await expect(page.getByRole('alert')).toContainText('Nothing was downloaded.');
  await expect(access.rows).toHaveCount(50);
});

test('never a formula, never a secret', async ({ startServer, openWindow, open }) => {
  const server = await startServer();
  const { org, state, api, owner } = await setUp(server);
  const formula = '=HYPERLINK("https://example.com","x")';
  await api.join(formula, 'formula@example.com');
  await api.join('+1 (555) 01-02', 'plus@example.com');
  const { link } = await api.invite('pending@example.com');
  const provider = await api.provider('With credential', { credential: 'sk-secret-credential' });
  await api.allow((await api.rows('formula@'))[0]?.id ?? 0, [provider.id]);

  const page = await openWindow({ server, state });
  await open(`/o/${org}/access`, page);
  const { rows } = await readXlsx(await download(page, 'XLSX spreadsheet'));
  const names = rows.map((row) => row[0]?.value);
  expect(names).toContain(formula);
  expect(names).toContain('+1 (555) 01-02');

  const { text } = await readJson(await download(page, 'JSON file'));
  const token = new URL(link).pathname.split('/').at(-1) ?? '';
  for (const secret of [token, owner.password, 'sk-secret', server.setupCode, 'argon2', ...state.cookies.map((cookie) => cookie.value)]) {
    expect(text).not.toContain(secret);
  }
  await api.close();
});

test('is not for those who may not see the table', async ({ page, api, openWindow }) => {
  const stranger = await api.join('Mina Member', `${unique('mina')}@example.com`);
  const theirs = await openWindow({ state: stranger.state });
  for (const extension of ['xlsx', 'json']) {
    expect((await theirs.request.get(`${path}/export.${extension}`)).status()).toBe(403);
    expect((await page.request.get(`${path}/export.${extension}`)).status()).toBe(200);
  }
});
