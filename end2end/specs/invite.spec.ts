import type { Locator, Page } from '@playwright/test';
import { AccessPage } from '../support/access';
import { cases, type Known } from '../support/cases';
import { allowClipboard, copied, paste } from '../support/clipboard';
import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';

const path = `/o/${ORG}/access/invite`;

const field = (page: Page): Locator => page.getByRole('textbox', { name: 'Email addresses' });
const chips = (page: Page): Locator => page.getByRole('list', { name: 'Addresses in the field' }).getByRole('listitem');
const invite = (page: Page): Locator => page.getByRole('button', { name: /^Invite( \d+ (person|people))?$/ });

/** The line about an address in the result: what became of it. */
function outcome(page: Page, email: string): Locator {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: email, exact: true }) });
}

const OUTCOMES = ['valid', 'invalid', 'duplicate'] as const;

interface Entry {
  outcome: (typeof OUTCOMES)[number];
  text: string;
}

test('what is pasted becomes the entries of the case file', async ({ page, open }) => {
  test.setTimeout(240_000);
  // Why an entry is invalid, and which one a duplicate repeats, is left to the tests of the rules.
  const entry: Known = {
    fields: { outcome: { words: OUTCOMES }, text: 'text', 'identity?': 'text', 'reason?': 'text', 'character?': 'text', 'first?': 'number' },
  };
  const file = cases<{ cases: { id: string; input: string; expect: Entry[] }[] }>('invite-parse.json', {
    'about?': 'text',
    reasons: { map: 'text' },
    cases: { each: { fields: { id: 'text', input: 'text', expect: { each: entry }, 'note?': 'text' } } },
  });
  await open(path);
  await allowClipboard(page);
  for (const { id, input, expect: entries } of file.cases) {
    if (!input) continue; // there is no pasting of nothing
    await test.step(id, async () => {
      await field(page).focus();
      await paste(page, input);
      const texts = entries.map((entry) => entry.text);
      await expect.poll(() => shown(page), { message: id }).toEqual(entries.map(({ outcome, text }) => ({ outcome, text })));
      const invalid = entries.filter((entry) => entry.outcome === 'invalid').length;
      const repeated = entries.filter((entry) => entry.outcome === 'duplicate').length;
      const tally = page.getByText(new RegExp(`^${texts.length} address(es)?${invalid ? ` · ${invalid} invalid` : ''}${repeated ? ` · ${repeated} duplicate` : ''}$`));
      await expect(tally).toHaveCount(texts.length ? 1 : 0);
      await open(path);
    });
  }
});

/** The chips, as the case file writes entries. */
function shown(page: Page): Promise<Entry[]> {
  return chips(page).evaluateAll((items) =>
    items.map((item) => {
      // The address itself may end in .invalid.
      const said = [...item.querySelectorAll('.aside')].at(-1)?.textContent;
      const remove = item.querySelector('[aria-label^="Remove "]');
      const text = remove?.getAttribute('aria-label')?.slice('Remove '.length) ?? '';
      const outcome = said === 'invalid' || said === 'duplicate' ? said : 'valid';
      return { outcome, text };
    }),
  );
}

test('pasted rows of a spreadsheet are people, and what was not understood is told once', async ({ page, open, openWindow }) => {
  const word = unique('rows');
  const rows = Array.from({ length: 129 }, (_, n) => `Okafor, Chidi ${n}\t${word}-${n}@example.org\tMember`);
  await open(path);
  await allowClipboard(page);
  await field(page).focus();
  await paste(page, ['Name\tEmail\tRole', `Lindgren, Adaeze\t${word}@example.org\tAdmin`, ...rows, 'open position\t\tMember'].join('\n'));
  await expect(page.getByText('130 addresses', { exact: true })).toBeVisible();
  await expect(page.getByText('131 lines read, 1 without an address.')).toHaveCount(1);
  await expect(page.getByRole('list', { name: 'Lines without an address' }).getByRole('listitem')).toHaveText(['open position Member']);
  await expect(chips(page).first()).toContainText('Adaeze Lindgren');
  await expect(invite(page)).toHaveText('Invite 130 people');
  await invite(page).click();
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('130 invited');
  const link = outcome(page, `${word}@example.org`).getByRole('textbox', { name: /^Invitation link for/ });
  const stranger = await openWindow();
  await stranger.goto(await link.inputValue());
  await expect(stranger.getByRole('textbox', { name: 'Your name' })).toHaveValue('Adaeze Lindgren');
});

test('says while typing whether it is an address, and why not', async ({ page, open }) => {
  await open(path);
  await field(page).pressSequentially('ana@example');
  await expect(page.getByText(/^ana@example: /)).toBeVisible();
  await field(page).pressSequentially('.com');
  await expect(page.getByText('ana@example.com is an address.')).toBeVisible();
  await field(page).press('Enter');
  await expect(chips(page)).toHaveCount(1);
  await expect(field(page)).toHaveValue('');
  await field(page).pressSequentially('nobody, bo@example.org;');
  await expect(chips(page)).toHaveCount(3);
  await expect(page.getByText('3 addresses · 1 invalid')).toBeVisible();
  await expect(invite(page)).toHaveText('Invite 2 people');

  // A chip goes back into the field to be corrected.
  await page.getByRole('button', { name: 'Edit nobody' }).click();
  await expect(field(page)).toHaveValue('nobody');
  await field(page).press('End');
  await field(page).pressSequentially('@example.net,');
  await expect(page.getByText('3 addresses', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Remove ana@example.com' }).click();
  await expect(chips(page)).toHaveCount(2);
  await field(page).press('Backspace');
  await expect(field(page)).toHaveValue(/@/);
});

test('one outcome per address; failures stay in the field @nojs', async ({ page, open, api, javaScriptEnabled }) => {
  const word = unique('many');
  const member = `${word}-member@example.com`;
  const pending = `${word}-pending@example.com`;
  await api.join('Mia Member', member);
  await api.invite(pending);
  const fresh = [`${word}-one@example.com`, `${word}-two@example.com`];
  await open(path);
  await field(page).fill([...fresh, fresh[0]?.toUpperCase(), member.toUpperCase(), pending, `${word}-wrong`].join('\n'));
  await page.getByRole('combobox', { name: 'Role' }).selectOption('auditor');
  await page.getByRole('checkbox', { name: 'Research' }).check();
  await invite(page).click();

  await expect(page.getByRole('heading', { level: 2 })).toHaveText(
    '2 invited · 1 already a member · 1 already invited · 1 invalid · 1 duplicate',
  );
  for (const email of fresh) await expect(outcome(page, email)).toContainText('Invited');
  await expect(outcome(page, fresh[0]?.toUpperCase() ?? '')).toContainText('Duplicate');
  await expect(outcome(page, member.toUpperCase())).toContainText('Already a member');
  await expect(outcome(page, member.toUpperCase()).getByRole('link', { name: 'Assign providers now' })).toBeVisible();
  await expect(outcome(page, pending)).toContainText('Already invited');
  await expect(outcome(page, `${word}-wrong`)).toContainText(/@/);
  await expect(page.getByText('Email is not set up, so copy each link')).toBeVisible();
  const link = outcome(page, fresh[1] ?? '').getByRole('textbox', { name: /^Invitation link for/ });
  await expect(link).toHaveValue(/\/invite\/\S+$/);

  // Nothing but what is to fix is left.
  if (javaScriptEnabled === false) await expect(field(page)).toHaveValue(`${word}-wrong`);
  else expect(await shown(page)).toEqual([{ outcome: 'invalid', text: `${word}-wrong` }]);

  const rows = (await api.rows(word)).filter((row) => row.status === 'invited' && fresh.includes(row.email));
  expect(rows.map((row) => [row.role, row.teams.map((team) => team.name)])).toEqual([
    ['auditor', ['Research']],
    ['auditor', ['Research']],
  ]);
  await open(`/o/${ORG}/access?q=${word}-one`);
  await expect(await new AccessPage(page).cell(new AccessPage(page).row(fresh[0] ?? ''), 'Status')).toHaveText('Invited');
});

test('more than five hundred are refused with the number @nojs', async ({ page, open, api, errors, javaScriptEnabled }) => {
  errors.allow(status(422));
  const word = unique('crowd');
  const addresses = Array.from({ length: 501 }, (_, n) => `${word}-${n}@example.com`);
  await open(path);
  await field(page).fill(addresses.join(', '));
  await invite(page).click();
  await expect(page.getByText(/501/).first()).toBeVisible();
  await expect(page.getByText(/500/).first()).toBeVisible();
  expect((await api.page({ search: word })).matched).toBe(0);
  if (javaScriptEnabled === false) await expect(field(page)).toHaveValue(new RegExp(`${word}-500@example.com`));
  else await expect(chips(page)).toHaveCount(501);
});

test('five hundred at once are fine', async ({ page, open, api }) => {
  const word = unique('crowd');
  await open(path);
  await allowClipboard(page);
  await field(page).focus();
  await paste(page, Array.from({ length: 500 }, (_, n) => `${word}-${n}@example.com`).join(' '));
  await invite(page).click();
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('500 invited', { timeout: 30_000 });
  expect((await api.page({ search: word })).matched).toBe(500);
});

test('a double click invites once', async ({ page, open, api }) => {
  const email = `${unique('double')}@example.com`;
  await open(path);
  await field(page).fill(email);
  await field(page).press('Enter');
  await invite(page).dblclick();
  await expect(outcome(page, email)).toContainText('Invited');
  await expect(page.getByText('Already invited')).toHaveCount(0);
  expect(await api.rows(email)).toHaveLength(1);
});

test('a retry after a lost answer has no second effect', async ({ page, open, errors }) => {
  errors.allow(/net::ERR_FAILED/);
  const email = `${unique('lost')}@example.com`;
  await open(path);
  await field(page).fill(email);
  await field(page).press('Enter');
  await page.route('**/api/ui/invite', async (route) => {
    await route.fetch(); // it is done, but nobody hears of it
    await route.abort();
  });
  await invite(page).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(chips(page)).toHaveCount(1);
  await page.unroute('**/api/ui/invite');
  await invite(page).click();
  await expect(page.getByRole('heading', { level: 2 })).toHaveText('1 invited');
  await expect(outcome(page, email).getByRole('textbox')).toHaveValue(/\/invite\//);
});

test('links can be copied, and a pending one renewed', async ({ page, open, api }) => {
  await allowClipboard(page);
  const word = unique('copy');
  const pending = `${word}-pending@example.com`;
  const old = await api.invite(pending);
  await open(path);
  await field(page).focus();
  await paste(page, `${word}-one@example.com ${word}-two@example.com ${pending}`);
  await invite(page).click();
  const one = outcome(page, `${word}-one@example.com`);
  await one.getByRole('button', { name: 'Copy link' }).click();
  await expect.poll(() => copied(page)).toBe(await one.getByRole('textbox').inputValue());
  await page.getByRole('button', { name: 'Copy all links' }).click();
  await expect.poll(async () => (await copied(page)).split('\n').length).toBe(2);

  await outcome(page, pending).getByRole('button', { name: /^Create new link/ }).click();
  await expect(outcome(page, pending)).toContainText('New link created. The old one no longer works.');
  expect(await outcome(page, pending).getByRole('textbox').inputValue()).not.toBe(old.link);
});

test('“Assign providers now” opens the dialog of the one who has joined', async ({ page, open, api }) => {
  const email = `${unique('now')}@example.com`;
  await api.join('Nils Now', email);
  await open(path);
  await field(page).fill(email);
  await invite(page).click();
  await outcome(page, email).getByRole('link', { name: 'Assign providers now' }).click();
  const dialog = page.getByRole('dialog', { name: 'Allowed providers' });
  await expect(dialog).toContainText('Nils Now');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(`/o/${ORG}/access?q=${encodeURIComponent(email)}`);
});

test.describe('an admin', () => {
  test.use({ as: 'admin' });

  test('gives roles up to their own @nojs', async ({ page, open }) => {
    await open(path);
    const offered = await page.getByRole('combobox', { name: 'Role' }).getByRole('option').allInnerTexts();
    expect(offered.map((text) => text.split(':')[0])).toEqual(['Member', 'Auditor', 'Admin']);
    await expect(page.getByRole('combobox', { name: 'Role' })).toHaveValue('member');
  });
});

test.describe('an auditor', () => {
  test.use({ as: 'auditor' });

  test('is told who can invite @nojs', async ({ page, open, errors }) => {
    errors.allow(status(403));
    await open(path);
    await expect(page.getByText('Auditors cannot invite people. Ask an owner or admin.')).toBeVisible();
    await expect(field(page)).toHaveCount(0);
  });
});
