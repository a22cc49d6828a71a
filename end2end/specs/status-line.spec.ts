import { AccessPage } from '../support/access';
import { setUp } from '../support/api';
import { expect, ORG, test } from '../support/test';

const path = `/o/${ORG}/access`;

test('its numbers are those of the table @nojs', async ({ page, open }) => {
  await open(path);
  const access = new AccessPage(page);
  const counts = await access.counts();
  const statuses = await access.overAllPages('Status');
  const count = (...of: string[]): number => statuses.filter((status) => of.includes(status)).length;
  expect(counts.users).toBe(count('Active', 'Suspended'));
  expect(counts.invited).toBe(count('Invited', 'Expired'));
  expect(counts.suspended).toBe(count('Suspended'));
  expect(counts.users + counts.invited).toBe(await access.total());
});

test('its link shows exactly those without allowed providers @nojs', async ({ page, open, api }) => {
  const without = (await api.rows()).filter(
    (row) => row.status === 'active' && !row.providers.some((provider) => provider.status === 'active'),
  );
  expect(without.length, 'the demo has people without providers').toBeGreaterThan(0);
  await open(`${path}?q=example&role=owner`);
  const access = new AccessPage(page);
  expect((await access.counts()).without).toBe(without.length);
  await page.getByRole('link', { name: `${without.length} without allowed providers` }).click();
  await expect(page).toHaveURL(`${path}?without=1`);
  await expect.poll(() => access.total()).toBe(without.length);
  expect((await access.overAllPages('Email')).sort()).toEqual(without.map((row) => row.email).sort());
  await page.getByRole('link', { name: /^Without allowed providers/ }).click();
  await expect(page).toHaveURL(path);
});

test('says how many match, and keeps the numbers of the whole', async ({ page, open, api }) => {
  await open(path);
  const access = new AccessPage(page);
  const whole = await access.counts();
  await expect(access.statusLine).not.toContainText('match');
  await access.search.fill('research');
  await expect(access.statusLine).toContainText('match');
  const matching = async (): Promise<number> => Number(/(\d+) match/.exec(await access.statusLine.innerText())?.[1]);
  await expect.poll(matching).toBe((await api.page({ search: 'research' })).matched);
  await expect.poll(() => access.total()).toBe(await matching());
  expect(await access.counts()).toEqual(whole);
});

test('follows what changes: joining, allowing, suspending', async ({ startServer, openWindow, open }) => {
  const server = await startServer();
  const { org, state, api } = await setUp(server);
  const page = await openWindow({ server, state });
  const access = new AccessPage(page);
  const expectCounts = async (users: number, invited: number, suspended: number, without: number): Promise<void> => {
    await open(`/o/${org}/access`, page);
    expect(await access.counts()).toEqual({ users, invited, suspended, without });
  };
  await expectCounts(1, 0, 0, 1);
  await api.invite('ivy@example.com');
  const ben = await api.join('Ben', 'ben@example.com');
  await expectCounts(2, 1, 0, 2);
  const provider = await api.provider('Some models');
  await api.allow(ben.member, [provider.id]);
  await expectCounts(2, 1, 0, 1);
  await api.call('set_provider_active', { provider: provider.id, active: false });
  await expectCounts(2, 1, 0, 2);
  await api.call('set_suspended', { member: ben.member, version: (await api.row(ben.member)).version, suspended: true });
  await expectCounts(2, 1, 1, 1);
  await api.close();
});
