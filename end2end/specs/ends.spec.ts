// Allowed providers that expire: set, extended, found.

import { AccessPage } from '../support/access';
import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access`;
const DAY = 86_400_000;

/** The day in so many days, as a date field has it. */
const day = (days: number): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

test('a provider is assigned until a day, extended in one click, and found while it expires soon', async ({ page, open, api, errors }) => {
  errors.allow(status(422));
  const word = unique('ending');
  const email = `${word}@example.com`;
  const { member } = await api.join('Enno Ending', email);
  const name = `Trial ${word}`;
  await api.provider(name);
  await open(`${path}/${member}`);
  const item = page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) });
  await item.getByRole('button', { name: `Assign with limits… (${name})` }).click();
  const dialog = page.getByRole('dialog', { name: `Assign ${name}` });
  await dialog.getByLabel('Expiration date').fill(day(-1));
  await dialog.getByRole('button', { name: 'Assign provider' }).click();
  await expect(dialog.getByText('Choose an expiration date in the future.').first()).toBeVisible();
  await dialog.getByLabel('Expiration date').fill(day(5));
  await dialog.getByLabel('Reason').fill('Pilot');
  await dialog.getByLabel('Models').fill('gpt-5*, o3');
  await dialog.getByRole('button', { name: 'Assign provider' }).click();
  await expect(dialog.getByText('one model name on each line').first()).toBeVisible();
  await dialog.getByLabel('Models').fill('gpt-5*\no3');
  await dialog.getByRole('button', { name: 'Assign provider' }).click();
  await expect(dialog).toBeHidden();
  await expect(item).toContainText('(Pilot)');
  await expect(item).toContainText('Expires in 5 days');
  await expect(item).toContainText('only gpt-5*, o3');

  await open(path);
  const access = new AccessPage(page);
  await access.find(email);
  await expect(access.row(email)).toContainText(/until \d+ \w+ \d{4}/);
  await access.filter('Provider', 'Expires within 14 days');
  await access.expectEmails([email]);

  await open(`${path}/${member}`);
  await item.getByRole('button', { name: `Extend 30 days (${name})` }).click();
  await expect(item).not.toContainText('Expires in');
  await expect(item).toContainText('(Pilot)');
  await expect(item).toContainText('only gpt-5*, o3');
  await open(`${path}?q=${email}&provider=ending`);
  await access.expectEmails([]);
});

test('what a team carries expires as well, and people are told', async ({ open, openWindow, page, api }) => {
  const word = unique('lapse');
  const team = await api.team(`Team ${word}`);
  const { member, state } = await api.join('Lena Lapse', `${word}@example.com`, 'member', [team.id]);
  const name = `Lapse ${word}`;
  const provider = await api.provider(name, { models: ['small'] });
  const change = { version: team.version, provider: provider.id, ends_at: Date.now() + 3.5 * DAY, reason: 'Budget', models: [] };
  await api.call('set_team_provider_terms', { team: team.id, change });
  const theirs = await openWindow({ state });
  await open(`/o/${ORG}/chat`, theirs);
  await expect(theirs.getByText(`Your access to ${name} expires in 3 days`)).toBeVisible();
  await open('/account', theirs);
  await expect(theirs.getByText(`Your access to ${name} expires in 3 days`)).toBeVisible();

  await open(`/o/${ORG}/providers/${provider.slug}`);
  const item = page.getByRole('listitem').filter({ has: page.getByText(`Team ${word}`, { exact: true }) });
  await expect(item).toContainText('(Budget)');
  await item.getByRole('button', { name: `Edit limits… (${name})` }).click();
  const dialog = page.getByRole('dialog', { name: `Limits of ${name}` });
  await dialog.getByLabel('Expiration date').fill('');
  await dialog.getByLabel('Models').fill('large*');
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await expect(dialog).toBeHidden();
  await expect(item).not.toContainText('Expires');
  await expect(item).toContainText('only large*');
  // The only model that it has is not among them.
  await open(`/o/${ORG}/chat`, theirs);
  await expect(theirs.getByRole('button', { name: 'Choose a model' })).toBeVisible();
  expect((await api.row(member)).providers.map((one) => one.name)).toEqual([name]);
});
