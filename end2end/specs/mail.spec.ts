import { setUp } from '../support/api';
import { status } from '../support/guard';
import { linkIn, Mailbox } from '../support/mailbox';
import { expect, test } from '../support/test';

test.use({ as: null });

test('an invitation is mailed and accepted, and its password forgotten and replaced @nojs', async ({
  openWindow,
  open,
  startServer,
  errors,
}) => {
  errors.allow(status(410));
  const mailbox = await Mailbox.start();
  const server = await startServer({ env: mailbox.env });
  const { org, state } = await setUp(server);
  const email = 'ana@example.com';

  const admin = await openWindow({ server, state });
  await open(`/o/${org}/access/invite`, admin);
  await admin.getByLabel('Email addresses').fill(email);
  await admin.getByRole('button', { name: /^Invite/ }).click();
  await expect(admin.getByText('Each person gets an email with their link.')).toBeVisible();
  const invitation = await mailbox.next(email);
  expect(invitation.subject).toBe('Join Acme on Gatehouse');
  expect(invitation.text).toContain('Olga Owner (owner@example.com) invited you to join Acme on Gatehouse as member.');
  const link = linkIn(invitation, 'invite');
  expect(invitation.html).toContain(link);
  await expect(async () => {
    await open(`/o/${org}/access`, admin);
    await expect(admin.getByRole('row').filter({ hasText: email })).toContainText('Email sent', { timeout: 500 });
  }).toPass();

  const page = await openWindow({ server });
  await open(link, page);
  await page.getByLabel('Your name').fill('Ana Müller');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: /^Create account and join/ }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${org}/`));

  // On another computer, without the password.
  const elsewhere = await openWindow({ server });
  await open('/login', elsewhere);
  await elsewhere.getByRole('link', { name: 'Forgot password?' }).click();
  await elsewhere.getByLabel('Email').fill(email);
  await elsewhere.getByRole('button', { name: 'Send link' }).click();
  await expect(elsewhere.getByText('a link is on its way')).toBeVisible();
  const reset = linkIn(await mailbox.next(email), 'reset-password');
  await open(reset, elsewhere);
  await expect(elsewhere.getByText(email)).toBeVisible();
  await elsewhere.getByLabel('New password').fill('another horse battery');
  await elsewhere.getByRole('button', { name: 'Change password' }).click();
  await expect(elsewhere.getByText('Password changed. Sign in with the new one.')).toBeVisible();
  await elsewhere.getByLabel('Email').fill(email);
  await elsewhere.getByLabel('Password').fill('another horse battery');
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await expect(elsewhere).toHaveURL(new RegExp(`/o/${org}/`));
  expect((await mailbox.next(email)).subject).toBe('New sign-in to Gatehouse');

  // The first window's session has ended, and the link is used up.
  await page.goto(`/o/${org}/chat`);
  await expect(page).toHaveURL(/\/login/);
  await open(reset, page);
  await expect(page.getByRole('heading', { name: 'Link no longer valid' })).toBeVisible();
  await mailbox.stop();
});

test('without a mail server the page for a forgotten password says so @nojs', async ({ page, open }) => {
  await open('/forgot-password');
  await expect(page.getByText('Email is not set up on this server')).toBeVisible();
});
