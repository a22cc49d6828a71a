import type { Page } from '@playwright/test';
import { client } from '../support/api';
import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';

// Nobody is signed in unless a test says so.
test.use({ as: null });

const at = (link: string): string => new URL(link).pathname;
const title = (page: Page) => page.getByRole('heading', { level: 1 });

test('a new account: a name and a password, and one is in @nojs', async ({ page, open, api }) => {
  const email = `${unique('New')}@Example.com`;
  const { link, member } = await api.invite(email, 'auditor');
  await open(at(link));
  await expect(title(page)).toHaveText(/^Join /);
  await expect(page.getByText(email)).toBeVisible();
  await expect(page.getByText('invited as auditor')).toBeVisible();
  await page.getByLabel('Your name').fill('Nora Néw');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: /^Create account and join/ }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${ORG}/`));
  await expect(page.getByText('Nora Néw · Auditor')).toBeVisible();
  const row = await api.row(member);
  expect([row.name, row.role, row.status, row.providers]).toEqual(['Nora Néw', 'auditor', 'active', []]);
});

test('a short password is refused and the name kept @nojs', async ({ page, open, api, errors }) => {
  errors.allow(status(422));
  const { link } = await api.invite(`${unique('short')}@example.com`);
  await open(at(link));
  await page.getByLabel('Your name').fill('Shorty');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: /^Create account and join/ }).click();
  await expect(page.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Your name')).toHaveValue('Shorty');
});

test('an existing account: its password, or one click when signed in @nojs', async ({ openWindow, open, ready, server, api, errors }) => {
  errors.allow(status(401, 422));
  // Somebody with an account is removed, so that there is an account without a membership.
  const email = `${unique('exist')}@example.com`;
  const person = await api.join('Edda Existing', email);
  await api.call('remove_member', { member: person.member });

  const first = await api.invite(email);
  const page = await openWindow();
  await open(at(first.link), page);
  await expect(page.getByText('You already have an account with this address.')).toBeVisible();
  await expect(page.getByLabel('Your name')).toHaveCount(0);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: /^Sign in and join/ }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await ready(page);
  await page.getByLabel('Password').fill(person.account.password);
  await page.getByRole('button', { name: /^Sign in and join/ }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${ORG}`));
  expect((await api.row(first.member)).name).toBe('Edda Existing');

  await api.call('remove_member', { member: first.member });
  const second = await api.invite(email);
  const signedIn = await openWindow({ state: await person.account.signIn() });
  await open(at(second.link), signedIn);
  await expect(signedIn.getByLabel('Password')).toHaveCount(0);
  await signedIn.getByRole('button', { name: /^Join / }).click();
  await expect(signedIn).toHaveURL(new RegExp(`^${server.url}/o/${ORG}`));
});

test('another signed-in address is refused, and the page says which is which @nojs', async ({ openWindow, open, demo, api, errors }) => {
  errors.allow(status(403));
  const email = `${unique('else')}@example.com`;
  const { link } = await api.invite(email);
  const page = await openWindow({ state: await demo('auditor') });
  await open(at(link), page);
  await expect(title(page)).toHaveText('This invitation is for another address');
  await expect(page.getByRole('definition').filter({ hasText: email })).toBeVisible();
  await expect(page.getByRole('definition').filter({ hasText: 'auditor@example.com' })).toBeVisible();
  await expect(page.getByRole('button', { name: /join/i })).toHaveCount(0);

  // Nor does a request of one's own making get past it.
  const answer = await page.request.post(at(link), {
    form: { name: 'X', password: 'correct horse battery' },
    headers: { origin: new URL(page.url()).origin },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(403);
});

test('signing out there comes back to accept @nojs', async ({ openWindow, open, api, errors }) => {
  errors.allow(status(403));
  const other = await api.join('Otto Other', `${unique('otto')}@example.com`);
  const { link } = await api.invite(`${unique('back')}@example.com`);
  const page = await openWindow({ state: other.state });
  await open(at(link), page);
  await page.getByRole('button', { name: 'Sign out and continue' }).click();
  await expect(page).toHaveURL(new RegExp(`${at(link)}$`));
  await expect(page.getByRole('button', { name: /^Create account and join/ })).toBeVisible();
});

test('used, revoked, replaced and unknown links each have their page @nojs', async ({ page, api, errors, server }) => {
  errors.allow(status(404, 410));
  const used = await api.invite(`${unique('used')}@example.com`);
  const http = await client(server.url);
  await http.post(at(used.link), { form: { name: 'Una Used', password: 'correct horse battery' } });
  await http.dispose();
  const revoked = await api.invite(`${unique('revoked')}@example.com`);
  await api.call('revoke_invitation', { member: revoked.member });
  const replaced = await api.invite(`${unique('replaced')}@example.com`);
  await api.call('resend_invitation', { member: replaced.member });

  for (const [link, code, heading] of [
    [at(used.link), 410, 'Invitation already accepted'],
    [at(revoked.link), 410, 'Invitation revoked'],
    [at(replaced.link), 404, 'Invitation not found'],
    ['/invite/no-such-token', 404, 'Invitation not found'],
  ] as const) {
    const answer = await page.goto(link);
    expect(answer?.status(), heading).toBe(code);
    await expect(title(page)).toHaveText(heading);
    await expect(page.getByRole('button', { name: /join/i })).toHaveCount(0);
  }
});

test('an expired row offers a new link', async ({ api }) => {
  const expired = (await api.rows('status:expired'))[0];
  expect(expired, 'the demo has an expired invitation').toBeDefined();
  const link = await api.call<string>('resend_invitation', { member: expired?.id });
  expect(at(link)).toMatch(/^\/invite\/\S{20,}$/);
  expect((await api.row(expired?.id ?? 0)).status).toBe('invited');
});

test('sixty-four simultaneous accepts make one member', async ({ api, server }) => {
  test.setTimeout(120_000);
  const email = `${unique('many')}@example.com`;
  const { link, member } = await api.invite(email);
  const http = await client(server.url);
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, n) =>
      http.post(at(link), { form: { name: `Many ${n}`, password: 'correct horse battery' }, maxRedirects: 0, timeout: 100_000 }),
    ),
  );
  const codes = answers.map((answer) => answer.status());
  // Whoever comes second has the right password too, but the invitation is used.
  expect(codes.filter((code) => code === 303)).toHaveLength(1);
  expect(new Set(codes.filter((code) => code !== 303))).toEqual(new Set([409]));
  expect((await api.rows(email)).map((row) => row.id)).toEqual([member]);
  await http.dispose();
});
