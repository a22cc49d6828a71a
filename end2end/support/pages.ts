// Every page and every dialog, for the tests that look at each of them.

import type { Locator, Page } from '@playwright/test';
import { AccessPage } from './access';
import { PASSWORD, type Api } from './api';
import { makeKey } from './keys';
import { hydrated, ORG, unique, type DemoRole } from './test';
import { totp } from './totp';

/** A page by its path, as somebody. */
export interface Place {
  name: string;
  path: string;
  as: DemoRole | null;
}

/** A state of a page that takes steps to reach, usually an open dialog. */
export interface Opened extends Place {
  /** Makes what the state is about; what it gives is passed on to `open`. */
  make?: (api: Api) => Promise<string>;
  /** The steps. */
  open: (page: Page, made: string) => Promise<void>;
}

const org = `/o/${ORG}`;

/** The beginning of a day so many days ago, in UTC. */
const ago = (days: number): string => `${new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)}T00:00Z`;

/** The pages that anybody reaches by an address alone. */
export const places: Place[] = [
  { name: 'login', path: '/login', as: null },
  { name: 'forgot-password', path: '/forgot-password', as: null },
  { name: 'reset-password-over', path: '/reset-password/no-such-token', as: null },
  { name: 'not-found', path: '/no-such-page', as: null },
  { name: 'invitation-unknown', path: '/invite/no-such-token', as: null },
  { name: 'account', path: '/account', as: 'owner' },
  { name: 'security', path: '/account/security', as: 'owner' },
  { name: 'member-second-factor', path: `${org}/access/1/second-factor`, as: 'owner' },
  { name: 'member-refused', path: `${org}/access`, as: 'member' },
  { name: 'chat', path: `${org}/chat`, as: 'owner' },
  { name: 'chat-as-member', path: org, as: 'member' },
  { name: 'chat-no-match', path: `${org}/chat?q=zzz-nothing`, as: 'owner' },
  { name: 'chat-no-such', path: `${org}/chat/999999`, as: 'owner' },
  { name: 'member-nobody', path: `${org}/access/999999`, as: 'owner' },
  { name: 'account-as-member', path: '/account', as: 'member' },
  { name: 'first-steps', path: `${org}/first-steps`, as: 'owner' },
  { name: 'access', path: `${org}/access`, as: 'owner' },
  { name: 'access-filtered', path: `${org}/access?q=example&role=member&sort=email&page=2`, as: 'owner' },
  { name: 'access-no-match', path: `${org}/access?q=zzz-nobody`, as: 'owner' },
  { name: 'access-as-auditor', path: `${org}/access?without=1`, as: 'auditor' },
  { name: 'invite', path: `${org}/access/invite`, as: 'owner' },
  { name: 'change-nothing', path: `${org}/access/change`, as: 'owner' },
  { name: 'change-what', path: `${org}/access/change?all=1&what=add-providers`, as: 'owner' },
  { name: 'change-preview', path: `${org}/access/change?all=1&q=an&what=role&to=auditor`, as: 'owner' },
  { name: 'import', path: `${org}/access/import`, as: 'owner' },
  { name: 'views', path: `${org}/views`, as: 'owner' },
  { name: 'unused', path: `${org}/access/unused`, as: 'owner' },
  { name: 'unused-as-auditor', path: `${org}/access/unused?days=90`, as: 'auditor' },
  { name: 'unused-none', path: `${org}/access/unused?days=730`, as: 'owner' },
  { name: 'compare', path: `${org}/compare?a=1&b=2`, as: 'owner' },
  { name: 'compare-choose', path: `${org}/compare?a=1`, as: 'auditor' },
  { name: 'compare-no-match', path: `${org}/compare?q=zzz-nobody`, as: 'owner' },
  { name: 'compare-copy', path: `${org}/compare?a=2&b=3&copy=1`, as: 'owner' },
  { name: 'reviews', path: `${org}/reviews`, as: 'owner' },
  { name: 'reviews-as-auditor', path: `${org}/reviews`, as: 'auditor' },
  { name: 'review', path: `${org}/reviews/1`, as: 'owner' },
  { name: 'review-none', path: `${org}/reviews/1?show=ended`, as: 'owner' },
  { name: 'review-no-such', path: `${org}/reviews/999999`, as: 'owner' },
  { name: 'access-requests', path: `${org}/access/requests`, as: 'auditor' },
  { name: 'access-requests-as-member', path: `${org}/access/requests?provider=openai`, as: 'member' },
  { name: 'audit', path: `${org}/audit`, as: 'owner' },
  { name: 'past-access', path: `${org}/as-of`, as: 'auditor' },
  { name: 'past-access-differences', path: `${org}/as-of?at=${ago(60)}&to=${ago(1)}`, as: 'owner' },
  { name: 'past-access-unreadable', path: `${org}/as-of?at=yesterday`, as: 'owner' },
  { name: 'audit-no-match', path: `${org}/audit?q=zzz-nothing`, as: 'owner' },
  { name: 'requests', path: `${org}/requests`, as: 'owner' },
  { name: 'requests-as-member', path: `${org}/requests`, as: 'member' },
  { name: 'requests-no-match', path: `${org}/requests?model=zzz`, as: 'owner' },
  { name: 'request', path: `${org}/requests/1`, as: 'owner' },
  { name: 'spend', path: `${org}/spend?span=30-days`, as: 'owner' },
  { name: 'spend-by-model', path: `${org}/spend?span=last-month&by=model`, as: 'auditor' },
  { name: 'spend-as-member', path: `${org}/spend?span=30-days`, as: 'member' },
  { name: 'spend-no-usage', path: `${org}/spend?from=2020-01-01&until=2020-01-02`, as: 'owner' },
  { name: 'budgets', path: `${org}/budgets`, as: 'owner' },
  { name: 'prices', path: `${org}/prices`, as: 'owner' },
  { name: 'prices-as-auditor', path: `${org}/prices`, as: 'auditor' },
  { name: 'budgets-as-auditor', path: `${org}/budgets`, as: 'auditor' },
  { name: 'settings', path: `${org}/settings`, as: 'owner' },
  { name: 'settings-as-auditor', path: `${org}/settings`, as: 'auditor' },
  { name: 'key-settings', path: `${org}/settings/keys`, as: 'owner' },
  { name: 'key-settings-as-auditor', path: `${org}/settings/keys`, as: 'auditor' },
  { name: 'scim', path: `${org}/settings/scim`, as: 'owner' },
  { name: 'sign-on', path: `${org}/settings/sign-on`, as: 'owner' },
  { name: 'sign-on-as-auditor', path: `${org}/settings/sign-on`, as: 'auditor' },
  { name: 'scim-as-auditor', path: `${org}/settings/scim`, as: 'auditor' },
  { name: 'how-access-works', path: `${org}/access/how`, as: 'owner' },
  { name: 'providers', path: `${org}/providers`, as: 'owner' },
  { name: 'providers-no-match', path: `${org}/providers?q=zzz-nothing`, as: 'owner' },
  { name: 'provider', path: `${org}/providers/openai`, as: 'owner' },
  { name: 'provider-nobody', path: `${org}/providers/no-such-provider`, as: 'owner' },
  { name: 'teams', path: `${org}/teams`, as: 'owner' },
  { name: 'templates', path: `${org}/templates`, as: 'owner' },
  { name: 'templates-as-auditor', path: `${org}/templates`, as: 'auditor' },
];

/** A dialog of a row of AI Access. */
function rowDialog(name: string, action: string, make: (api: Api) => Promise<string>): Opened {
  return {
    name,
    path: `${org}/access`,
    as: 'owner',
    make,
    async open(page, email) {
      const access = new AccessPage(page);
      await access.find(email);
      await access.choose(email, action);
      await page.getByRole('dialog').waitFor();
    },
  };
}

async function member(api: Api): Promise<string> {
  const email = `${unique('look')}@example.com`;
  await api.join('Lotte Look', email);
  return email;
}

async function invitation(api: Api): Promise<string> {
  const email = `${unique('look')}@example.com`;
  await api.invite(email);
  return email;
}

async function suspended(api: Api): Promise<string> {
  const email = await member(api);
  const row = (await api.rows(email))[0];
  await api.call('set_suspended', { member: row?.id, version: row?.version, suspended: true });
  return email;
}

/** Somebody who gave a key to another and invited an admin. */
async function handed(api: Api): Promise<string> {
  const email = `${unique('look')}@example.com`;
  const { state } = await api.join('Hanna Handed', email, 'admin');
  const { member } = await api.join('Otto Other', `${unique('look')}@example.com`);
  const theirs = await api.as(state);
  await makeKey(theirs, member, 'handed out');
  await theirs.invite(`${unique('look')}@example.com`, 'admin');
  await theirs.close();
  return email;
}

/** A state of the page of a member who has a key, providers and a team. */
function onMember(name: string, open: (page: Page) => Promise<void>): Opened {
  return {
    name,
    path: `${org}/access`,
    as: 'owner',
    async make(api) {
      const { member } = await api.join('Mona Member', `${unique('look')}@example.com`);
      const allowed = (await api.page()).providers.filter((provider) => provider.status === 'active').slice(0, 3);
      await api.allow(member, allowed.map((provider) => provider.id));
      const narrow = { scope: allowed.slice(0, 1).map((provider) => provider.id), requests_per_minute: 60, tokens_per_day: 200_000 };
      await makeKey(api, member, 'laptop');
      await makeKey(api, member, 'nightly build', narrow);
      const { key } = await makeKey(api, member, 'old notebook');
      await api.call('revoke_key', { key: key.id });
      return String(member);
    },
    async open(page, member) {
      await page.goto(`${org}/access/${member}`);
      await hydrated(page);
      await open(page);
    },
  };
}

/** Somebody who will set a second factor up, by their address. */
async function withSecondFactorToCome(api: Api): Promise<string> {
  return (await api.join('Sefa Second', `${unique('second')}@example.com`)).account.email;
}

async function signIn(page: Page, email: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Up to the page that shows the recovery codes. */
async function setUpSecondFactor(page: Page, email: string): Promise<void> {
  await signIn(page, email);
  await page.waitForURL(/\/o\//);
  await page.goto('/account/security');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set up authenticator app' }).click();
  const secret = await page.getByLabel('Secret', { exact: true }).innerText();
  await page.getByRole('textbox', { name: 'Code' }).fill(totp(secret.trim()));
  await page.getByRole('button', { name: 'Turn on second factor' }).click();
  await page.getByRole('list', { name: 'Recovery codes' }).waitFor();
  await hydrated(page);
}

function keyDialog(name: string, action: string): Opened {
  return onMember(name, async (page) => {
    await page.getByRole('button', { name: action }).click();
    await page.getByRole('dialog').waitFor();
  });
}

function providerDialog(name: string, action: string): Opened {
  return {
    name,
    path: `${org}/providers`,
    as: 'owner',
    async make(api) {
      const called = unique('Look');
      await api.provider(called, { credential: 'sk-look' });
      return called;
    },
    async open(page, called) {
      await page.getByRole('button', { name: `Actions for ${called}` }).click();
      await page.getByRole('menuitem', { name: action }).click();
      await page.getByRole('dialog').waitFor();
    },
  };
}

const firstBox = (page: Page): Locator => page.getByRole('rowheader').getByRole('checkbox').first();

/** The dialogs and menus. */
export const opened: Opened[] = [
  rowDialog('dialog-allowed-providers', 'Edit allowed providers', member),
  rowDialog('dialog-role', 'Change role', member),
  rowDialog('dialog-teams', 'Edit teams', member),
  rowDialog('dialog-suspend', 'Suspend…', member),
  rowDialog('dialog-reactivate', 'Reactivate…', suspended),
  rowDialog('dialog-remove', 'Remove…', member),
  rowDialog('dialog-invitation-link', 'Invitation link…', invitation),
  rowDialog('dialog-resend', 'New link…', invitation),
  rowDialog('dialog-revoke', 'Revoke…', invitation),
  rowDialog('dialog-remove-handed', 'Remove…', handed),
  {
    name: 'dialog-yourself',
    path: `${org}/access`,
    as: 'owner',
    async open(page) {
      const access = new AccessPage(page);
      await access.find('owner@example.com');
      await access.choose('owner@example.com', 'Remove…');
      await page.getByText('This is you.').waitFor();
    },
  },
  {
    name: 'dialog-unsaved',
    path: `${org}/providers`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: 'Add provider' }).click();
      await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Half typed');
      await page.keyboard.press('Escape');
      await page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'dialog-team-providers',
    path: `${org}/teams`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: 'Providers Research' }).click();
      await page.getByRole('dialog').getByRole('searchbox').waitFor();
    },
  },
  {
    name: 'access-selected',
    path: `${org}/access`,
    as: 'owner',
    async open(page) {
      // On a phone there is no head with a box for the page.
      await firstBox(page).check();
      await page.getByRole('region', { name: 'Selection' }).waitFor();
    },
  },
  {
    name: 'dialog-bulk-preview',
    path: `${org}/access`,
    as: 'owner',
    async open(page) {
      await firstBox(page).check();
      await page.getByRole('button', { name: /^Select all [\d,]+$/ }).click();
      await page.getByRole('button', { name: 'Change…' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('What to change').selectOption('suspend');
      await dialog.getByRole('button', { name: 'Preview' }).click();
      await dialog.getByText('will change').waitFor();
    },
  },
  {
    name: 'access-requests-decide',
    path: `${org}/access/requests`,
    as: 'owner',
    async make(api) {
      const { state } = await api.join('Rita Request', `${unique('look')}@example.com`);
      const provider = (await api.page()).providers.find((one) => one.status === 'active');
      const theirs = await api.as(state);
      const reason = 'For the yearly report.\nTwo weeks are enough.';
      await theirs.send('access/requests', { do: 'ask', provider: String(provider?.id), reason, until: '2030-12-31' });
      await theirs.close();
      return '';
    },
    async open(page) {
      await page.reload();
      await hydrated(page);
      await page.getByText('Decline…').first().click();
      await page.getByLabel('Reason for declining').first().fill('Use the other one.');
    },
  },
  {
    name: 'access-session-ended',
    path: `${org}/access`,
    as: 'owner',
    async open(page) {
      // As the server answers then; the browser would report a 401 as an error.
      await page.route('**/export.json*', (route) => route.fulfill({ contentType: 'text/html', body: 'Sign in' }));
      await new AccessPage(page).dropdown('Download').click();
      await page.getByRole('link', { name: 'JSON file' }).click();
      await page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'menu-row',
    path: `${org}/access`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: /^Actions for/ }).nth(1).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'menu-download',
    path: `${org}/access`,
    as: 'owner',
    async open(page) {
      await new AccessPage(page).dropdown('Download').click();
    },
  },
  {
    name: 'menu-filter',
    path: `${org}/access?provider=none`,
    as: 'owner',
    async open(page) {
      await new AccessPage(page).dropdown(/^Provider/).click();
    },
  },
  {
    name: 'menu-keys',
    path: `${org}/access?sort=keys&dir=desc`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: /virtual keys? of/ }).first().click();
    },
  },
  {
    name: 'dialog-provider-add',
    path: `${org}/providers`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: 'Add provider' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'dialog-provider-problems',
    path: `${org}/providers`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: 'Add provider' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Add provider' }).click();
      await page.getByRole('dialog').getByRole('alert').waitFor();
    },
  },
  onMember('member', async (page) => {
    await page.getByText('1 revoked key').click();
  }),
  {
    name: 'second-factor-codes',
    path: '/login',
    as: null,
    make: withSecondFactorToCome,
    open: setUpSecondFactor,
  },
  {
    name: 'login-code',
    path: '/login',
    as: null,
    make: withSecondFactorToCome,
    async open(page, email) {
      await setUpSecondFactor(page, email);
      await page.context().clearCookies();
      await page.goto('/login');
      await signIn(page, email);
      await page.getByRole('heading', { level: 1, name: 'Enter your code' }).waitFor();
      await hydrated(page);
    },
  },
  onMember('offboarding', async (page) => {
    await page.getByRole('link', { name: 'Offboard…' }).click();
    await page.getByRole('heading', { level: 1, name: /^Offboard/ }).waitFor();
    await hydrated(page);
  }),
  {
    name: 'member-suspended',
    path: `${org}/access`,
    as: 'auditor',
    make: async (api) => String((await api.rows(await suspended(api)))[0]?.id),
    async open(page, member) {
      await page.goto(`${org}/access/${member}`);
      await hydrated(page);
    },
  },
  keyDialog('dialog-key-rename', 'Rename laptop'),
  keyDialog('dialog-key-rotate', 'Rotate laptop'),
  keyDialog('dialog-key-revoke', 'Revoke laptop'),
  onMember('dialog-limits', async (page) => {
    await page.getByRole('button', { name: /^Edit limits/ }).first().click();
    await page.getByRole('dialog').waitFor();
  }),
  onMember('dialog-key-create', async (page) => {
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('radio', { name: 'Selected providers:' }).check();
    await page.getByRole('combobox', { name: 'Expires' }).selectOption('Custom date');
    await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
  }),
  onMember('dialog-key-secret', async (page) => {
    await page.getByRole('button', { name: 'Rotate laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('button', { name: 'Copy the key' }).waitFor();
  }),
  providerDialog('dialog-provider-edit', 'Edit…'),
  providerDialog('dialog-provider-deactivate', 'Deactivate…'),
  providerDialog('dialog-provider-delete', 'Delete…'),
  {
    name: 'dialog-provider-test',
    path: `${org}/providers`,
    as: 'owner',
    async make(api) {
      const called = unique('Look');
      await api.provider(called, { base_url: 'http://127.0.0.1:1/v1' });
      return called;
    },
    async open(page, called) {
      await page.getByRole('button', { name: `Test ${called}` }).click();
      await page.getByRole('dialog').getByRole('alert').waitFor();
    },
  },
  {
    name: 'dialog-team-create',
    path: `${org}/teams`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: 'Create team' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'dialog-team-people',
    path: `${org}/teams`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: 'People Research' }).click();
      await page.getByRole('searchbox', { name: 'Find people to add' }).fill('a');
      await page.getByRole('button', { name: /^Add / }).first().waitFor();
    },
  },
  {
    name: 'dialog-team-delete',
    path: `${org}/teams`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: 'Delete Research' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'dialog-chat-tools',
    path: `${org}/chat`,
    as: 'owner',
    async open(page) {
      await page.getByRole('button', { name: 'Connect to external tools' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'invite-result',
    path: `${org}/access/invite`,
    as: 'owner',
    async open(page) {
      const word = unique('look');
      const addresses = page.getByRole('textbox', { name: 'Email addresses' });
      await addresses.fill(`${word}-1@example.com, ${word}-2@example.com, owner@example.com, nobody, ${word}-1@Example.com`);
      await page.getByRole('button', { name: /^Invite/ }).click();
      await page.getByRole('heading', { level: 2 }).waitFor();
    },
  },
  {
    name: 'invite-chips',
    path: `${org}/access/invite`,
    as: 'owner',
    async open(page) {
      const addresses = page.getByRole('textbox', { name: 'Email addresses' });
      await addresses.fill('ana@example.com, bo@example.com, nobody, ANA@example.com');
      await addresses.press('Enter');
    },
  },
];
