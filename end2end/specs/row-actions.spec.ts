import { AccessPage } from '../support/access';
import { setUp } from '../support/api';
import { makeKey } from '../support/keys';
import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access`;

test('changes a role, up to one’s own', async ({ openWindow, open, demo, api }) => {
  const email = `${unique('role')}@example.com`;
  await api.join('Rosa Role', email);
  const page = await openWindow({ state: await demo('admin') });
  await open(`${path}?q=${email}`, page);
  const access = new AccessPage(page);
  await access.choose(email, 'Change role');
  const dialog = page.getByRole('dialog', { name: 'Change role' });
  await expect(dialog.getByRole('radio')).toHaveCount(3);
  await expect(dialog.getByRole('radio', { name: /^Owner/ })).toHaveCount(0);
  await dialog.getByRole('radio', { name: /^Auditor/ }).check();
  await expect(dialog.getByRole('status')).toContainText('Member becomes Auditor.');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(await access.cell(access.row(email), 'Role')).toHaveText('Auditor');
});

test('nobody acts on somebody above them', async ({ openWindow, open, demo }) => {
  const page = await openWindow({ state: await demo('admin') });
  await open(`${path}?role=owner`, page);
  const access = new AccessPage(page);
  await expect(access.rows.first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^Actions for/ })).toHaveCount(0);
});

test('edits teams', async ({ page, open, api }) => {
  const word = unique('tm');
  const email = `${word}@example.com`;
  const was = await api.team(`Was ${word}`);
  await api.team(`Will ${word}`);
  await api.join('Tim Team', email, 'member', [was.id]);
  await open(`${path}?q=${email}`);
  const access = new AccessPage(page);
  await access.choose(email, 'Edit teams');
  const dialog = page.getByRole('dialog', { name: 'Edit teams' });
  await dialog.getByRole('searchbox', { name: 'Search teams' }).fill(word);
  await dialog.getByRole('checkbox', { name: `Was ${word}` }).uncheck();
  await dialog.getByRole('checkbox', { name: `Will ${word}` }).check();
  await expect(dialog.getByRole('status')).toContainText('Adds 1, removes 1.');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  await expect(await access.cell(access.row(email), 'Teams')).toHaveText(`Will ${word}`);
});

test('suspending ends the person’s sessions; reactivating lets them in again', async ({ page, open, openWindow, api, ready }) => {
  const email = `${unique('susp')}@example.com`;
  const person = await api.join('Susan Suspended', email);
  const theirs = await openWindow({ state: person.state });
  await open(`/o/${ORG}`, theirs);
  await expect(theirs).toHaveURL(new RegExp(`/o/${ORG}`));

  await open(`${path}?q=${email}`);
  const access = new AccessPage(page);
  await access.choose(email, 'Suspend…');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('loses access immediately');
  await dialog.getByRole('button', { name: 'Suspend Susan Suspended' }).click();
  await expect(dialog).toBeHidden();
  await expect(await access.cell(access.row(email), 'Status')).toHaveText('Suspended');
  await theirs.goto(`/o/${ORG}`);
  await expect(theirs).toHaveURL(/\/login/);

  await access.choose(email, 'Reactivate…');
  await dialog.getByRole('button', { name: 'Reactivate Susan Suspended' }).click();
  await expect(await access.cell(access.row(email), 'Status')).toHaveText('Active');
  await ready(theirs);
  await theirs.getByLabel('Email').fill(email);
  await theirs.getByLabel('Password').fill(person.account.password);
  await theirs.getByRole('button', { name: 'Sign in' }).click();
  await expect(theirs).toHaveURL(new RegExp(`/o/${ORG}`));
});

test('removing says what goes with it', async ({ page, open, api }) => {
  const word = unique('rem');
  const email = `${word}@example.com`;
  const team = await api.team(`Team ${word}`);
  const { member } = await api.join('Remo Removed', email, 'member', [team.id]);
  const one = await api.provider(`One ${word}`);
  const two = await api.provider(`Two ${word}`);
  await api.allow(member, [one.id, two.id]);
  await open(`${path}?q=${email}`);
  const access = new AccessPage(page);
  await access.choose(email, 'Remove…');
  const dialog = page.getByRole('dialog', { name: 'Remove from the organization' });
  await expect(dialog).toContainText('2 allowed providers');
  await expect(dialog).toContainText('0 virtual keys');
  await expect(dialog).toContainText('1 team');
  await dialog.getByRole('button', { name: 'Remove Remo Removed' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('No matching members')).toBeVisible();
});

test('what somebody handed to others is told before they lose their role, and revoked with them', async ({ page, open, api }) => {
  const email = `${unique('handed')}@example.com`;
  const { state } = await api.join('Hanna Handed', email, 'admin');
  const { member: other } = await api.join('Otto Other', `${unique('other')}@example.com`);
  const friend = `${unique('friend')}@example.com`;
  const theirs = await api.as(state);
  await makeKey(theirs, other, 'handed out');
  await theirs.invite(friend, 'admin');
  await theirs.close();

  await open(`${path}?q=${email}`);
  const access = new AccessPage(page);
  await access.find(email);
  const dialog = page.getByRole('dialog');
  const keys = dialog.getByRole('checkbox', { name: /^Also revoke 1 key they created for others/ });
  const invitations = dialog.getByText('They sent 1 open invitation');
  // Nobody who keeps their role loses what they gave.
  await access.choose(email, 'Change role');
  await expect(dialog.getByRole('radio', { name: /^Admin/ })).toBeChecked();
  await expect(keys).toHaveCount(0);
  await dialog.getByRole('radio', { name: /^Member/ }).check();
  await expect(keys).not.toBeChecked();
  await expect(invitations).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.getByRole('button', { name: 'Discard changes' }).click();
  await access.choose(email, 'Suspend…');
  await expect(keys).toBeVisible();
  await expect(invitations).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await access.choose(email, 'Remove…');
  await expect(invitations).toBeVisible();
  await keys.check();
  await dialog.getByRole('button', { name: 'Remove Hanna Handed' }).click();
  await expect(dialog).toBeHidden();
  const { keys: left } = await api.call<{ keys: { name: string; state: string }[] }>('list_keys', { member: other });
  expect(left.map(({ name, state }) => [name, state])).toEqual([['handed out', 'revoked']]);
  expect(await api.rows(friend)).toEqual([]);
});

test('the last owner stays', async ({ startServer, openWindow, open, errors }) => {
  errors.allow(status(409));
  const server = await startServer();
  const { org, state, owner, api } = await setUp(server);
  const page = await openWindow({ server, state });
  await open(`/o/${org}/access`, page);
  const access = new AccessPage(page);
  const dialog = page.getByRole('dialog');
  const refused = async (button: string | RegExp): Promise<void> => {
    await dialog.getByRole('textbox', { name: `Type ${owner.email} to confirm` }).fill(owner.email);
    await dialog.getByRole('button', { name: button }).click();
    await expect(dialog.getByRole('alert')).toContainText(/owner/i);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.getByRole('button', { name: 'Discard changes' }).click();
    await expect(dialog).toBeHidden();
  };
  await access.choose(owner.email, 'Change role');
  await dialog.getByRole('radio', { name: /^Admin/ }).check();
  await refused('Save');
  await access.choose(owner.email, 'Suspend…');
  await refused(/^Suspend/);
  await access.choose(owner.email, 'Remove…');
  await refused(/^Remove/);
  const row = access.row(owner.email);
  await expect(await access.cell(row, 'Role')).toHaveText('Owner');
  await expect(await access.cell(row, 'Status')).toHaveText('Active');
  await api.close();
});

test('an invitation: its link, a new link in its place, and taking it back', async ({ page, open, openWindow, api, errors }) => {
  errors.allow(status(404, 410));
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const email = `${unique('inv')}@example.com`;
  const { link } = await api.invite(email);
  await open(`${path}?q=${email}`);
  const access = new AccessPage(page);

  await access.choose(email, 'Invitation link…');
  const shown = page.getByRole('dialog', { name: 'Invitation link' });
  await expect(shown.getByRole('textbox', { name: 'Invitation link' })).toHaveValue(link);
  await shown.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await shown.getByRole('button', { name: 'Close' }).click();

  await access.choose(email, 'New link…');
  const resend = page.getByRole('dialog', { name: 'New invitation link' });
  await resend.getByRole('button', { name: 'Create new link' }).click();
  const box = resend.getByRole('textbox', { name: 'Invitation link' });
  await expect(box).toBeVisible();
  const fresh = await box.inputValue();
  expect(fresh).not.toBe(link);
  await resend.getByRole('button', { name: 'Close' }).click();

  const invited = await openWindow();
  await open(new URL(link).pathname, invited);
  await expect(invited.getByRole('heading', { level: 1 })).toHaveText('Invitation not found');
  await open(new URL(fresh).pathname, invited);
  await expect(invited.getByRole('heading', { level: 1 })).toHaveText(/^Join /);

  await access.choose(email, 'Revoke…');
  const revoke = page.getByRole('dialog', { name: 'Revoke invitation' });
  await revoke.getByRole('button', { name: 'Revoke invitation' }).click();
  await expect(revoke).toBeHidden();
  await expect(page.getByText('No matching members')).toBeVisible();
  await open(new URL(fresh).pathname, invited);
  await expect(invited.getByRole('heading', { level: 1 })).toHaveText('Invitation revoked');
});

test('what somebody else does meanwhile is shown, not overwritten', async ({ page, open, api }) => {
  const email = `${unique('race')}@example.com`;
  const { member } = await api.join('Rita Race', email);
  await open(`${path}?q=${email}`);
  const access = new AccessPage(page);
  await access.choose(email, 'Change role');
  await api.call('set_role', { member, version: (await api.row(member)).version, role: 'auditor' });
  const dialog = page.getByRole('dialog', { name: 'Change role' });
  await dialog.getByRole('radio', { name: /^Admin/ }).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Someone else changed Rita Race');
  await expect(dialog).toContainText('Auditor');
  await expect(dialog).toContainText('Admin');
  await dialog.getByRole('button', { name: 'Keep theirs' }).click();
  await expect(await access.cell(access.row(email), 'Role')).toHaveText('Auditor');
  expect((await api.row(member)).role).toBe('auditor');
});
