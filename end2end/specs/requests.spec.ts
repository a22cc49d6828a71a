// Asking for access, and deciding what others ask.

import type { Locator, Page } from '@playwright/test';
import type { Api, Joined } from '../support/api';
import { expect, ORG, test, unique } from '../support/test';

const PATH = `/o/${ORG}/access/requests`;

/** Somebody who asked for a provider of their own. */
async function asked(api: Api): Promise<{ person: Joined; provider: string }> {
  const person = await api.join(unique('Rita'), `${unique('rita')}@example.com`);
  const provider = unique('Lab');
  const { id } = await api.provider(provider);
  const theirs = await api.as(person.state);
  await theirs.send('access/requests', { do: 'ask', provider: String(id), reason: 'For the report.' });
  await theirs.close();
  return { person, provider };
}

/** A request of a person, in the queue or among their own. */
const request = (page: Page, text: string): Locator => page.getByRole('listitem').filter({ hasText: text });

test('who has no provider asks for one from Chat, once', async ({ api, openWindow, open, ready }) => {
  const { state } = await api.join('Rita Request', `${unique('rita')}@example.com`);
  const provider = unique('Lab');
  await api.provider(provider);
  const page = await openWindow({ state });
  await open(`/o/${ORG}/chat`, page);
  await page.getByRole('link', { name: 'Ask for access' }).click();
  await expect(page).toHaveURL(PATH);
  await ready(page);
  await page.getByLabel('Provider').selectOption(provider);
  await page.getByLabel('Reason').fill('For the report.');
  await page.getByRole('button', { name: 'Send request' }).click();
  await expect(page.getByText('Request sent.')).toBeVisible();
  await expect(request(page, provider)).toContainText('Open');
  await expect(page.getByRole('option', { name: provider })).toHaveCount(0);
  await page.getByRole('button', { name: `Withdraw the request for ${provider}` }).click();
  await expect(request(page, provider)).toContainText('Withdrawn');
});

test('an admin approves until a day, and the person can use it @nojs', async ({ api, demo, openWindow, open }) => {
  const { person, provider } = await asked(api);
  const page = await openWindow({ state: await demo('admin') });
  await open(PATH, page);
  const waiting = request(page, person.name);
  await expect(waiting).toContainText('For the report.');
  await waiting.getByLabel('Until (optional)').fill('2031-05-04');
  await waiting.getByRole('button', { name: `Approve ${provider} for ${person.name}` }).click();
  await expect(page.getByText('Request approved.')).toBeVisible();
  await expect(request(page, person.name)).toHaveCount(0);
  const row = await api.row(person.member);
  expect(row.providers.map((one) => one.name)).toContain(provider);
  const theirs = await openWindow({ state: person.state });
  await open(PATH, theirs);
  await expect(request(theirs, provider)).toContainText('until 4 May 2031');
});

test('a request is declined with words, which the person reads', async ({ api, demo, openWindow, open }) => {
  const { person, provider } = await asked(api);
  const page = await openWindow({ state: await demo('admin') });
  await open(PATH, page);
  const waiting = request(page, person.name);
  await waiting.getByText('Decline…').click();
  await waiting.getByLabel('Reason for declining').fill('Use OpenAI.');
  await waiting.getByRole('button', { name: 'Decline request' }).click();
  await expect(page.getByText('Request declined.')).toBeVisible();
  const theirs = await openWindow({ state: person.state });
  await open(PATH, theirs);
  await expect(request(theirs, provider)).toContainText('Declined');
  await expect(request(theirs, provider)).toContainText('Use OpenAI.');
});
