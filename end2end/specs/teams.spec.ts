import type { Locator, Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/teams`;

const row = (page: Page, name: string): Locator =>
  page.getByRole('row').filter({ has: page.getByRole('cell', { name, exact: true }) });

test('lists the teams with how many are in each @nojs', async ({ page, open, api }) => {
  const teams = await api.call<{ name: string; members: number }[]>('list_teams');
  await open(path);
  for (const team of teams) {
    const people = team.members === 1 ? '1 person' : `${team.members} people`;
    await expect(row(page, team.name)).toContainText(team.members ? people : 'No members');
  }
});

test('creates one; a double click makes one', async ({ page, open, api }) => {
  const name = unique('New team ');
  await open(path);
  await page.getByRole('button', { name: 'Create team' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create a team' });
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Create team' }).dblclick();
  await expect(dialog).toBeHidden();
  await expect(row(page, name)).toContainText('No members');
  const teams = await api.call<{ name: string }[]>('list_teams');
  expect(teams.filter((team) => team.name === name)).toHaveLength(1);
});

test('a name that is taken, in whatever letter case, is refused and stays in the field', async ({ page, open, api, errors }) => {
  errors.allow(status(409, 422));
  const name = unique('Taken ');
  await api.team(name);
  await open(path);
  await page.getByRole('button', { name: 'Create team' }).click();
  const dialog = page.getByRole('dialog', { name: 'Create a team' });
  await dialog.getByLabel('Name').fill('   ');
  await dialog.getByRole('button', { name: 'Create team' }).click();
  await expect(dialog.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
  await dialog.getByLabel('Name').fill(name.toUpperCase());
  await dialog.getByRole('button', { name: 'Create team' }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await expect(dialog.getByLabel('Name')).toHaveValue(name.toUpperCase());
});

test('renames one; somebody else’s new name is shown first', async ({ page, open, api }) => {
  const name = unique('Old name ');
  const team = await api.team(name);
  await open(path);
  await page.getByRole('button', { name: `Rename ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: `Rename ${name}` });
  await api.call('rename_team', { team: team.id, version: team.version, name: `${name} theirs` });
  await dialog.getByLabel('Name').fill(`${name} mine`);
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await expect(dialog.getByRole('alert')).toContainText(`${name} theirs`);
  await expect(dialog.getByLabel('Name')).toHaveValue(`${name} mine`);
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, `${name} mine`)).toBeVisible();
});

test('adds people and takes them out', async ({ page, open, api }) => {
  const name = unique('People ');
  await api.team(name);
  const email = `${unique('joiner')}@example.com`;
  await api.join('Joy Joiner', email);
  await open(path);
  await page.getByRole('button', { name: `People ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: `People in ${name}` });
  await expect(dialog).toContainText('Nobody is in this team yet.');
  await dialog.getByRole('searchbox', { name: 'Find people to add' }).fill(email);
  await dialog.getByRole('button', { name: 'Add Joy Joiner' }).click();
  await expect(dialog.getByRole('heading', { name: '1 person' })).toBeVisible();
  await expect(dialog.getByText('In the team')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await row(page, name).getByRole('link', { name: '1 person' }).click();

  const access = new AccessPage(page);
  await access.expectEmails([email]);
  await expect(access.dropdown(`Team: ${name}`)).toBeVisible();
  await expect(await access.cell(access.row(email), 'Teams')).toHaveText(name);

  await open(path);
  await page.getByRole('button', { name: `People ${name}` }).click();
  await dialog.getByRole('button', { name: 'Take Joy Joiner out' }).click();
  await expect(dialog).toContainText('Nobody is in this team yet.');
  expect((await api.rows(email))[0]?.teams).toEqual([]);
});

test('of a large team the first are shown, and the others found', async ({ page, open, api }) => {
  const name = unique('Large ');
  const team = (await api.team(name)).id;
  const emails = Array.from({ length: 203 }, (_, i) => `${unique('crowd')}-${1000 + i}@example.com`);
  await api.invite(emails.join('\n'), 'member', [team]);
  await open(path);
  await page.getByRole('button', { name: `People ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: `People in ${name}` });
  await expect(dialog.getByRole('heading', { name: '203 people' })).toBeVisible();
  await expect(dialog.getByRole('listitem')).toHaveCount(200);
  await expect(dialog.getByText('These are the first 200 by name.')).toBeVisible();

  const last = emails.at(-1) ?? '';
  await dialog.getByRole('searchbox', { name: 'Find people to add' }).fill(last);
  await dialog.getByRole('button', { name: `Take ${last} out` }).click();
  await expect(dialog.getByRole('heading', { name: '202 people' })).toBeVisible();
  await expect(dialog.getByRole('button', { name: `Add ${last}` })).toBeVisible();
  await dialog.getByRole('link', { name: 'See everybody in AI Access' }).click();
  await expect(page).toHaveURL(`/o/${ORG}/access?team=${team}`);
  expect(await new AccessPage(page).total()).toBe(202);
});

test('deleting says how many leave it, and keeps them', async ({ page, open, api }) => {
  const name = unique('Doomed ');
  const team = await api.team(name);
  const email = `${unique('stayer')}@example.com`;
  await api.join('Stan Stayer', email, 'member', [team.id]);
  await open(path);
  await page.getByRole('button', { name: `Delete ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${name}?` });
  await expect(dialog).toContainText('1 person leaves it and stays in the organization');
  await dialog.getByRole('button', { name: `Delete ${name}` }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, name)).toHaveCount(0);
  expect((await api.rows(email))[0]).toMatchObject({ status: 'active', teams: [] });
});

test.describe('an auditor', () => {
  test.use({ as: 'auditor' });

  test('looks and changes nothing', async ({ page, open }) => {
    await open(path);
    await page.getByRole('button', { name: 'People Research' }).click();
    const dialog = page.getByRole('dialog', { name: 'People in Research' });
    await expect(dialog.getByRole('listitem').first()).toBeVisible();
    await expect(dialog.getByRole('button', { name: /^(Add|Take)/ })).toHaveCount(0);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: /^(Create|Rename|Delete)/ })).toHaveCount(0);
  });
});

test('what a team carries reaches its people, with its source; somebody else’s change is not overwritten', async ({
  page,
  open,
  api,
}) => {
  const word = unique('carry');
  const team = await api.team(`Team ${word}`);
  const { member } = await api.join('Cara Carried', `${word}@example.com`, 'member', [team.id]);
  const lab = await api.provider(`Lab ${word}`);
  const far = await api.provider(`Far ${word}`);
  await open(path);
  await page.getByRole('button', { name: `Providers Team ${word}` }).click();
  const dialog = page.getByRole('dialog', { name: `Providers of Team ${word}` });
  await dialog.getByRole('searchbox', { name: 'Search providers' }).fill(word);
  await dialog.getByText(`Lab ${word}`).click();
  await expect(dialog.getByRole('status')).toHaveText(`Lab ${word}: 1 person gains it.`);
  await api.call('set_team_providers', {
    team: team.id,
    change: { version: team.version, added: [far.id], removed: [] },
  });
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Somebody else changed this team');
  await expect(dialog.getByLabel(`Lab ${word}`)).toBeChecked();
  await dialog.getByLabel(`Far ${word}`).check();
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await expect(dialog).toBeHidden();
  await expect(row(page, `Team ${word}`)).toContainText(`Far ${word}`);
  await expect(row(page, `Team ${word}`)).toContainText(`Lab ${word}`);

  await open(`/o/${ORG}/access`);
  const access = new AccessPage(page);
  await access.find(`${word}@example.com`);
  const found = access.row(`${word}@example.com`);
  await expect(found.getByText(`Lab ${word}`)).toContainText(`from team Team ${word}`);
  // The own grant is another source; taking it leaves the team's.
  await api.allow(member, [lab.id]);
  await page.reload();
  await expect(found.getByText(`Lab ${word}`)).not.toContainText('from team');
  await access.choose(`${word}@example.com`, 'Edit allowed providers');
  const own = page.getByRole('dialog', { name: 'Allowed providers' });
  await expect(own.getByText(`from Team ${word}`)).toHaveCount(2);
  await expect(own.getByLabel(`Far ${word}`)).not.toBeChecked();
  await own.getByLabel(`Lab ${word}`).uncheck();
  await own.getByRole('button', { name: /^Save/ }).click();
  await expect(found.getByText(`Lab ${word}`)).toContainText(`from team Team ${word}`);
});
