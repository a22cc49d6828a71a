import { status } from '../support/guard';
import { expect, ORG, test, unique } from '../support/test';
import { totp } from '../support/totp';

test.use({ as: null });

test('a second factor is set up, asked for, and turned off with a recovery code @nojs', async ({ api, openWindow, open, ready, errors }) => {
  errors.allow(status(422));
  const person = await api.join('Toni Twofold', `${unique('toni')}@example.com`);
  const page = await openWindow({ state: person.state });
  await open('/account/security', page);
  await page.getByLabel('Password').fill(person.account.password);
  await page.getByRole('button', { name: 'Set up authenticator app' }).click();
  await expect(page.getByRole('img', { name: 'QR code for your authenticator app' })).toBeVisible();
  await ready(page);
  const secret = (await page.getByLabel('Secret', { exact: true }).innerText()).trim();
  await page.getByRole('textbox', { name: 'Code' }).fill('000000');
  await page.getByRole('button', { name: 'Turn on second factor' }).click();
  await expect(page.getByRole('alert')).toContainText('This code is wrong or was used already.');
  await ready(page);
  await page.getByRole('textbox', { name: 'Code' }).fill(totp(secret));
  await page.getByRole('button', { name: 'Turn on second factor' }).click();
  const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(codes).toHaveCount(10);
  const recovery = (await codes.first().innerText()).trim();
  await ready(page);
  await page.getByRole('link', { name: 'Done' }).click();
  await expect(page).toHaveURL(new RegExp(`/o/${ORG}`));

  const again = await openWindow({});
  await open('/login', again);
  await again.getByLabel('Email').fill(person.account.email);
  await again.getByLabel('Password').fill(person.account.password);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await expect(again.getByRole('heading', { level: 1 })).toHaveText('Enter your code');
  await ready(again);
  await expect(again.getByRole('textbox', { name: 'Code' })).toBeFocused();
  // The one that turned it on is used up, and the next one is right already.
  await again.getByRole('textbox', { name: 'Code' }).fill(totp(secret, 30));
  await again.getByRole('button', { name: 'Sign in' }).click();
  await expect(again).toHaveURL(new RegExp(`/o/${ORG}`));

  await open('/account/security', again);
  await again.getByText('Turn off second factor…').click();
  await again.getByLabel('Password').fill(person.account.password);
  await again.getByRole('textbox', { name: 'Code' }).fill(recovery.toLowerCase());
  await again.getByRole('button', { name: 'Turn off second factor' }).click();
  await expect(again.getByText('Second factor turned off.')).toBeVisible();
});
