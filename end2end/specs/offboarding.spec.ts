// What a member would leave behind, handed over before they are removed.

import { AccessPage } from '../support/access';
import { expect, ORG, test, unique } from '../support/test';

test('a lead is handed over and the member removed in one step @nojs', async ({ api, demo, openWindow, open }) => {
  const word = unique('leaver');
  const team = await api.team(`Team ${word}`);
  const leaver = await api.join(`Lea ${word}`, `lea-${word}@example.com`, 'member', [team.id]);
  const heir = await api.join(`Hal ${word}`, `hal-${word}@example.com`, 'member', [team.id]);
  await api.call('change_team_people', {
    team: team.id,
    change: { added: [], removed: [], places: [[leaver.member, 'lead']] },
  });
  const page = await openWindow({ state: await demo('owner') });
  await open(`/o/${ORG}/access/${leaver.member}`, page);
  await page.getByRole('link', { name: 'Offboard…' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Offboard Lea ${word}`);
  await expect(page.getByText(/1 session, last used .* They are signed out\./)).toBeVisible();
  await page.getByLabel(`New lead of Team ${word}`).selectOption(`Hal ${word} (hal-${word}@example.com)`);
  await page.getByRole('button', { name: `Hand over and remove Lea ${word}` }).click();
  await expect(page).toHaveURL(`/o/${ORG}/access`);
  await open(`/o/${ORG}/access?q=${word}`, page);
  await new AccessPage(page).expectEmails([`hal-${word}@example.com`]);
  const people = await api.call<{ member: number; role: string }[]>('team_people', { team: team.id });
  expect(people.map(({ member, role }) => [member, role])).toEqual([[heir.member, 'lead']]);
});
