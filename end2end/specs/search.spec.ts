import { AccessPage } from '../support/access';
import { setUp, type Api } from '../support/api';
import { cases, type Known } from '../support/cases';
import { expect, ORG, test } from '../support/test';

const path = `/o/${ORG}/access`;

test('searches as one types, marks what was found and keeps it in the address', async ({ page, open, ready, api }) => {
  const someone = (await api.rows()).find((row) => row.status === 'active' && /^\w{4,}/.test(row.name));
  const word = /^\w{4,}/.exec(someone?.name ?? '')?.[0] ?? '';
  await open(`${path}?page=2`);
  const access = new AccessPage(page);
  await access.search.pressSequentially(word.toUpperCase(), { delay: 20 });
  await expect(page).toHaveURL(`${path}?q=${word.toUpperCase()}`);
  const row = access.row(someone?.email ?? '');
  await expect(row.getByRole('rowheader').locator('mark')).toHaveText(word);
  await expect(access.statusLine).toContainText(/\d match/);
  for (const found of await access.rows.all()) await expect(found.locator('mark')).not.toHaveCount(0);

  await page.reload();
  await ready();
  await expect(access.search).toHaveValue(word.toUpperCase());
  await expect(row.locator('mark').first()).toBeVisible();
});

test('no match says so and offers the way back @nojs', async ({ page, open }) => {
  await open(`${path}?q=zzz-nobody&sort=email`);
  const access = new AccessPage(page);
  await expect(page.getByText('No matching members')).toBeVisible();
  await expect(page.getByText('zzz-nobody')).toBeVisible();
  await expect(access.table).toHaveCount(0);
  await page.getByRole('link', { name: 'Clear search and filters' }).click();
  await expect(page).toHaveURL(`${path}?sort=email`);
  await expect(access.search).toHaveValue('');
  await expect(access.rows).toHaveCount(50);
});

test('a search is sent with Enter alone @nojs', async ({ page, open }) => {
  await open(`${path}?role=member&sort=email`);
  const access = new AccessPage(page);
  await access.search.fill('research');
  await access.search.press('Enter');
  await expect(page).toHaveURL(/q=research/);
  const query = new URL(page.url()).searchParams;
  expect([query.get('role'), query.get('sort'), query.get('page')]).toEqual(['member', 'email', null]);
  await expect.poll(async () => (await access.column('Teams')).every((teams) => teams.includes('Research'))).toBe(true);
  expect(new Set(await access.column('Role'))).toEqual(new Set(['Member']));
});

test('what is typed while the server answers is asked when it has, one question at a time', async ({ page, open, api }) => {
  await open(path);
  const access = new AccessPage(page);
  let [now, most, asked] = [0, 0, 0];
  await page.route('**/api/ui/list_members', async (route) => {
    asked += 1;
    most = Math.max(most, (now += 1));
    // Not before everything is typed.
    await expect(access.search).toHaveValue('research');
    const response = await route.fetch();
    now -= 1;
    await route.fulfill({ response });
  });
  await access.search.pressSequentially('research', { delay: 60 });
  const right = (await api.rows('research')).map((row) => row.email);
  await expect.poll(() => access.total()).toBe(right.length);
  await access.settled();
  await expect(page).toHaveURL(`${path}?q=research`);
  expect(new Set(await access.emails())).toEqual(new Set(right.slice(0, 50)));
  await expect(access.search).toHaveValue('research');
  // The first letter, and then the word.
  expect([most, asked]).toEqual([1, 2]);
});

interface SearchCases {
  members: { id: string; name: string; email: string; role: string; teams: string[]; keys: string[]; providers: string[]; status: string }[];
  cases: { id: string; query: string; expect: string[] }[];
}

test('what stood there before is not called a match of what is typed', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  let answer = (): void => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/ui/list_members', async (route) => {
    await held;
    await route.continue();
  });
  await access.search.fill('zzz-nobody');
  await expect(page.locator('[aria-busy=true]')).toHaveCount(1);
  await expect(access.statusLine).toContainText('without allowed providers');
  await expect(access.statusLine).not.toContainText('match');
  answer();
  await expect(access.statusLine).toContainText('0 match');
  await expect(page.getByText('Nothing matches “zzz-nobody”')).toBeVisible();
});

test('finds what the case file says', async ({ startServer, openWindow, open }) => {
  test.setTimeout(240_000);
  const names: Known = { each: 'text' };
  const file = cases<SearchCases>('search.json', {
    'about?': 'text',
    members: {
      each: {
        fields: {
          id: 'text',
          name: 'text',
          email: 'text',
          role: { words: ['Owner', 'Admin', 'Auditor', 'Member'] },
          teams: names,
          keys: names,
          providers: names,
          status: { words: ['Active', 'Suspended', 'Invited', 'Expired'] },
        },
      },
    },
    cases: { each: { fields: { id: 'text', query: 'text', expect: names, 'note?': 'text' } } },
  });
  const ids = new Set(file.members.map((member) => member.id));
  for (const one of file.cases) for (const id of one.expect) expect(ids, one.id).toContain(id);
  // Nothing in the product makes keys yet, and no link ends within a test: what depends on those is left to the
  // tests of the services.
  const people = file.members.filter((member) => member.status !== 'Expired');
  const fold = (text: string): string =>
    text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[\u2010-\u2015\u2212]/g, '-').toLowerCase();
  const keys = file.members.flatMap((member) => member.keys).map(fold);
  const aboutKeys = (query: string): boolean =>
    fold(query).split(/\s+/).some((term) => term.startsWith('key:') || (term && keys.some((key) => key.includes(term))));
  const chosen = file.cases.filter((one) => !aboutKeys(one.query));
  expect(chosen.length).toBeGreaterThan(40);

  const server = await startServer();
  const { org, state, api, owner } = await setUp(server);
  const emails = await build(api, people);
  const page = await openWindow({ server, state, context: { javaScriptEnabled: false } });
  const access = new AccessPage(page);
  for (const { id, query, expect: ids } of chosen) {
    await test.step(id, async () => {
      await page.goto(`/o/${org}/access?q=${encodeURIComponent(query)}`);
      // The organization's own first owner is not in the file.
      const shown = (await access.emails()).filter((email) => email !== owner.email);
      const right = ids.flatMap((member) => emails.get(member) ?? []);
      expect(shown.sort(), query).toEqual(right.sort());
    });
  }

  // Some of them once more, typed into the page that is alive.
  const live = await openWindow({ server, state });
  await open(`/o/${org}/access`, live);
  const alive = new AccessPage(live);
  for (const { id, query, expect: ids } of chosen.filter((one) => one.expect.length > 0 && one.query.trim()).slice(0, 12)) {
    await test.step(`typed: ${id}`, async () => {
      await alive.search.fill(query);
      await expect.poll(() => new URL(live.url()).searchParams.get('q')).toBe(query);
      const right = ids.flatMap((member) => emails.get(member) ?? []);
      await expect.poll(async () => (await alive.emails()).filter((email) => email !== owner.email).sort()).toEqual(right.sort());
    });
  }
  await api.close();
});

/** Makes the people of the file; gives their e-mails by their ids in the file. */
async function build(api: Api, people: SearchCases['members']): Promise<Map<string, string>> {
  const teams = new Map<string, number>();
  const providers = new Map<string, number>();
  for (const { teams: in_, providers: allowed } of people) {
    for (const name of in_) if (!teams.has(name)) teams.set(name, (await api.team(name)).id);
    for (const name of allowed) if (!providers.has(name)) providers.set(name, (await api.provider(name)).id);
  }
  const emails = new Map<string, string>();
  for (const person of people) {
    const role = person.role.toLowerCase();
    const memberships = person.teams.map((name) => teams.get(name) ?? 0);
    emails.set(person.id, person.email);
    if (person.status === 'Invited') {
      await api.invite(person.email, role, memberships);
      continue;
    }
    const { member } = await api.join(person.name, person.email, role, memberships);
    if (person.providers.length) await api.allow(member, person.providers.map((name) => providers.get(name) ?? 0));
    if (person.status === 'Suspended') {
      const { version } = await api.row(member);
      await api.call('set_suspended', { member, version, suspended: true });
    }
  }
  return emails;
}
