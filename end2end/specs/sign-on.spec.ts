import type { APIRequestContext, APIResponse, Page } from '@playwright/test';
import { Account, Api, client, setUp } from '../support/api';
import { status } from '../support/guard';
import { IdentityProvider, signOn, wayBack } from '../support/identity';
import type { Server } from '../support/server';
import { expect, test } from '../support/test';

test.use({ as: null });

const env = { GATEHOUSE_ALLOW_PRIVATE_PROVIDERS: 'true' };

/** Fills in what the provider shows by itself. */
async function signInThere(page: Page, name: string): Promise<void> {
  await expect(page.getByPlaceholder('Enter any login')).toBeVisible();
  await page.getByPlaceholder('Enter any login').fill(name);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

async function continueAs(page: Page, email: string): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Continue with single sign-on' }).click();
}

test('an owner connects a provider; a new person joins by it, the owner links their account', async ({
  openWindow,
  open,
  ready,
  startServer,
  errors,
}) => {
  // The provider's own page asks for a font and an icon.
  errors.allow(status(403, 422), /fonts\.googleapis\.com|favicon\.ico/);
  const server = await startServer({ env });
  const { org, state, owner } = await setUp(server);
  const provider = await IdentityProvider.certified(server, org);
  const settings = `/o/${org}/settings/sign-on`;

  const admin = await openWindow({ server, state });
  await open(settings, admin);
  await expect(admin.getByLabel('Redirect URL')).toHaveText(`${server.url}/sign-on/${org}/callback`);
  await admin.getByLabel('Issuer').fill('http://127.0.0.1:9');
  await admin.getByLabel('Client ID').fill('gatehouse');
  await admin.getByLabel('Client secret').fill('the secret of the client');
  await admin.getByLabel('Email domains').fill('Example.com');
  await admin.getByRole('button', { name: 'Save changes' }).click();
  await expect(admin.getByLabel('Issuer')).toHaveAttribute('aria-invalid', 'true');
  await expect(admin.getByLabel('Client ID')).toHaveValue('gatehouse');
  await ready(admin);
  await admin.getByLabel('Issuer').fill(provider.issuer);
  await admin.getByLabel('Client secret').fill('the secret of the client');
  await admin.getByRole('button', { name: 'Save changes' }).click();
  await expect(admin.getByText('Single sign-on saved.')).toBeVisible();

  const page = await openWindow({ server });
  await open('/login', page);
  await continueAs(page, 'nobody@elsewhere.example');
  await expect(page.getByText('No organization here uses single sign-on for this email.').first()).toBeVisible();
  await ready(page);
  await continueAs(page, 'ana@example.com');
  await signInThere(page, 'ana');
  await expect(page).toHaveURL(new RegExp(`/o/${org}/`));
  await expect(page.getByText('ana of Example · Member')).toBeVisible();
  await open(`/o/${org}/access`, admin);
  const row = admin.getByRole('row').filter({ hasText: 'ana@example.com' });
  await expect(row).toContainText('Member');
  await expect(row).toContainText('Active');

  // The owner had an account before: its password links it, and from then on the provider is enough.
  const owners = await openWindow({ server });
  await open(`/sign-on/${org}`, owners).catch(() => undefined);
  await signInThere(owners, 'owner');
  await expect(owners.getByText('Sign in with its password once to link it to single sign-on.')).toBeVisible();
  await ready(owners);
  await owners.getByLabel('Email').fill(owner.email);
  await owners.getByLabel('Password').fill(owner.password);
  await owners.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(owners.getByText('Olga Owner · Owner')).toBeVisible();
  await owners.context().clearCookies({ name: /^gatehouse/ });
  await owners.goto(`/sign-on/${org}`);
  await expect(owners.getByText('Olga Owner · Owner')).toBeVisible();
  provider.stop();
});

test.describe('a provider that vouches for whatever it is told', () => {
  let provider: IdentityProvider;
  let server: Server;
  let org: string;
  let owner: Account;
  let http: APIRequestContext;

  /** Single sign-on of a new organization with this provider. */
  async function connect(start: () => Promise<Server>, required = false): Promise<void> {
    provider = await IdentityProvider.believing();
    server = await start();
    const made = await setUp(server);
    ({ org, owner } = made);
    const settings = await client(server.url, made.state);
    const form = {
      do: 'save',
      version: '0',
      issuer: provider.issuer,
      client_id: 'gatehouse',
      client_secret: 'any',
      domains: 'example.com',
      role: 'member',
      ...(required && { required: '1' }),
    };
    const saved = await settings.post(`/o/${org}/settings/sign-on`, { form, maxRedirects: 0 });
    expect(saved.status(), await saved.text()).toBe(303);
    http = await client(server.url);
  }

  /** Signs in with these claims, in a browser of its own. */
  async function as(sub: string, claims: object): Promise<APIResponse> {
    const fresh = await client(server.url);
    await provider.vouch(fresh, sub, claims);
    return signOn(fresh, org, sub);
  }

  test.afterEach(() => provider.stop());

  test('is believed about its people only, once, and in the browser that began', async ({ startServer }) => {
    await connect(() => startServer({ env }));
    const ana = { email: 'ana@example.com', email_verified: true, name: 'Ana' };
    const refused: [string, object][] = [
      ['an address that nobody verified', { ...ana, email_verified: false }],
      ['an address of which it does not say', { email: ana.email }],
      ['no address', {}],
      ['an address of another domain', { ...ana, email: 'ana@elsewhere.example' }],
      ['an owner', { ...ana, email: owner.email }],
      ['another issuer', { ...ana, iss: 'http://127.0.0.1:1' }],
      ['another client', { ...ana, aud: ['another'] }],
      ['another client beside this', { ...ana, aud: ['gatehouse', 'another'], azp: 'gatehouse' }],
      ['another authorized party', { ...ana, azp: 'another' }],
      ['another sign-in', { ...ana, nonce: 'another' }],
      ['the past', { ...ana, exp: 1_000_000_000 }],
      ['the future', { ...ana, iat: 4_000_000_000, exp: 4_000_000_100 }],
    ];
    for (const [what, claims] of refused) {
      const answer = await as(`wrong-${what}`, claims);
      expect(answer.status(), what).toBe(403);
      expect(answer.headers()['set-cookie'] ?? '', what).not.toContain('gatehouse=');
    }

    expect((await as('ana', ana)).status()).toBe(303);
    // The subject is who somebody is: with another address it is the same account, and with the same address another
    // subject is somebody else.
    expect((await as('ana', { ...ana, email: 'ana.new@example.com' })).status()).toBe(303);
    expect((await as('not-ana', ana)).status()).toBe(403);

    // Only where it began, and once.
    const back = await wayBack(http, org, 'ana');
    const elsewhere = await client(server.url);
    expect((await elsewhere.get(back, { maxRedirects: 0 })).status()).toBe(410);
    const other = new URL(back);
    other.searchParams.set('state', 'another');
    const cookies = await http.storageState();
    expect((await http.get(other.href, { maxRedirects: 0 })).status()).toBe(410);
    const again = await client(server.url, cookies);
    expect((await again.get(back, { maxRedirects: 0 })).status()).toBe(303);
    expect((await (await client(server.url, cookies)).get(back, { maxRedirects: 0 })).status()).toBe(403);
  });

  test('is the only way where the organization says so, except for owners', async ({ startServer }) => {
    await connect(() => startServer({ env }), true);
    const api = await Api.open(server.url, org, await owner.signIn());
    const { link } = await api.invite('ben@example.com');
    await api.close();
    const token = link.split('/').pop();
    const joined = await http.post(`/invite/${token}`, {
      form: { name: 'Ben', password: 'correct horse battery' },
      maxRedirects: 0,
    });
    expect(joined.status()).toBe(303);
    const form = { email: 'ben@example.com', password: 'correct horse battery' };
    const fresh = await client(server.url);
    const refused = await fresh.post('/login', { form, maxRedirects: 0 });
    expect(refused.status()).toBe(403);
    expect(await refused.text()).toContain('Acme requires single sign-on.');
    // Whoever guesses is told nothing of it.
    const wrong = await fresh.post('/login', { form: { ...form, password: 'not the password' }, maxRedirects: 0 });
    expect(wrong.status()).toBe(401);
    expect((await as('ben', { email: 'ben@example.com', email_verified: true })).status()).toBe(303);
  });
});
