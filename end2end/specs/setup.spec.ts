import { client } from '../support/api';
import { status } from '../support/guard';
import { expect, test } from '../support/test';

test.use({ as: null });

test('the first person makes the organization, with the code from the terminal @nojs', async ({ startServer, openWindow, open, ready, errors }) => {
  errors.allow(status(401, 403, 422));
  const server = await startServer();
  const page = await openWindow({ server });
  await open('/', page);
  await expect(page).toHaveURL(`${server.url}/setup`);

  const submit = async (code: string): Promise<void> => {
    await page.getByLabel('Setup code').fill(code);
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Create organization' }).click();
  };
  await page.getByLabel('Organization').fill('Größenwahn & Söhne');
  await page.getByLabel('Your name').fill('Olga Owner');
  await page.getByLabel('Your email').fill('olga@example.com');
  await submit('not-the-code');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByLabel('Organization')).toHaveValue('Größenwahn & Söhne');
  await expect(page.getByLabel('Your name')).toHaveValue('Olga Owner');
  await expect(page.getByLabel('Your email')).toHaveValue('olga@example.com');

  await ready(page);
  await submit(server.setupCode);
  await expect(page).toHaveURL(/\/o\/grossenwahn[a-z-]*\/first-steps$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('First steps');

  await open('/setup', page);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Gatehouse is set up');
  await expect(page.getByLabel('Setup code')).toHaveCount(0);
});

test('thirty set-ups at once make one owner', async ({ startServer }) => {
  const server = await startServer();
  const http = await client(server.url);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) => {
      const form = {
        code: server.setupCode,
        organization: `Organization ${n}`,
        name: `Owner ${n}`,
        email: `owner${n}@example.com`,
        password: 'correct horse battery',
      };
      return http.post('/setup', { form, maxRedirects: 0 });
    }),
  );
  const statuses = answers.map((answer) => answer.status());
  expect(statuses.filter((code) => code === 303)).toHaveLength(1);
  expect(statuses.filter((code) => code === 409)).toHaveLength(29);
  await http.dispose();
});
