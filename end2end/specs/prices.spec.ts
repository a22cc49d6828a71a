import { AnsweringProvider } from '../support/answering';
import { setUp } from '../support/api';
import { status } from '../support/guard';
import { expect, test } from '../support/test';

test('a model without a price gets one, and its past is repriced after a preview', async ({ startServer, openWindow, errors }) => {
  errors.allow(status(422));
  const upstream = await AnsweringProvider.start();
  const server = await startServer({ env: { GATEHOUSE_ALLOW_PRIVATE_PROVIDERS: 'true' } });
  const { org, api: owner, state } = await setUp(server);
  const provider = await owner.provider('Lab', { base_url: upstream.url });
  await owner.call('test_provider', { provider: provider.id });
  const ana = await owner.join('Ana Asker', 'ana@example.com');
  await owner.allow(ana.member, [provider.id]);
  const chat = await openWindow({ server, state: ana.state, context: { javaScriptEnabled: false } });
  await chat.goto(`/o/${org}/chat`);
  await chat.getByRole('textbox', { name: 'Your message' }).fill('hello');
  await chat.getByRole('button', { name: 'Send' }).click();
  await expect(chat.getByRole('article', { name: 'Answer' })).toContainText('Answer 1');

  // Usage is written within a second.
  const admin = await openWindow({ server, state, context: { javaScriptEnabled: false } });
  const link = admin.getByRole('link', { name: /^Set price/ });
  await expect(async () => {
    await admin.goto(`/o/${org}/spend`);
    await expect(link).toBeVisible({ timeout: 200 });
  }).toPass();
  await link.click();
  const form = admin.locator('#set-price');
  await form.getByLabel(/^Input/).first().fill('two');
  await form.getByLabel(/^Output/).first().fill('4');
  await form.getByRole('button', { name: 'Set price' }).click();
  await expect(form.getByText('Enter US dollars per 1M tokens')).toBeVisible();
  await expect(form.getByLabel(/^Output/).first()).toHaveValue('4');
  await form.getByLabel(/^Input/).first().fill('2');
  // Whatever the hour: yesterday is past in UTC, and today's requests are in the span.
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const [first, last] = [day(1), day(0)];
  await form.getByLabel('From').fill(first);
  await form.getByRole('button', { name: 'Set price' }).click();
  await expect(admin.getByText('Price set.')).toBeVisible();
  await expect(admin.getByText('$2 input · $4 output per 1M tokens').first()).toBeVisible();

  const past = admin.locator('#reprice');
  await past.getByLabel('From').fill(first);
  await past.getByLabel('Until').fill(last);
  await past.getByRole('button', { name: 'Preview' }).click();
  await expect(past.getByText('1 of 1 request would cost something else')).toBeVisible();
  await past.getByRole('button', { name: 'Reprice' }).click();
  await expect(admin.getByText('Requests repriced.')).toBeVisible();
  await admin.goto(`/o/${org}/requests`);
  await admin.getByRole('link', { name: /ago|now/ }).first().click();
  await expect(admin.getByText('before that unpriced')).toBeVisible();
  await owner.close();
  upstream.stop();
});
