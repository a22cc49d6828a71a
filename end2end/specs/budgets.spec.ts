import { AnsweringProvider } from '../support/answering';
import { setUp } from '../support/api';
import { status } from '../support/guard';
import { expect, hydrated, test } from '../support/test';

test('a budget is set, reached in Chat, raised, and work goes on', async ({ startServer, openWindow, errors }) => {
  errors.allow(status(422));
  const upstream = await AnsweringProvider.start();
  const server = await startServer({ env: { GATEHOUSE_ALLOW_PRIVATE_PROVIDERS: 'true' } });
  const { org, api: owner, state } = await setUp(server);
  const provider = await owner.provider('Lab', { base_url: upstream.url });
  await owner.call('test_provider', { provider: provider.id });
  const ana = await owner.join('Ana Asker', 'ana@example.com');
  await owner.allow(ana.member, [provider.id]);

  // As most people do it: by hand, and without waiting for the page's program.
  const admin = await openWindow({ server, state });
  await admin.goto(`/o/${org}/budgets`);
  await admin.getByLabel('Applies to').selectOption('Provider for one member');
  await admin.getByLabel('Which', { exact: true }).fill('ana@example.com');
  await admin.getByLabel('Counts').selectOption('Requests');
  await admin.getByLabel('Limit').fill('1');
  await admin.getByRole('button', { name: 'Create budget' }).click();
  await expect(admin.getByText("Enter the provider's slug.").first()).toBeVisible();
  await expect(admin.getByLabel('Limit')).toHaveValue('1');
  await admin.getByLabel('Provider', { exact: true }).fill(provider.slug);
  await admin.getByRole('button', { name: 'Create budget' }).click();
  await expect(admin.getByText('Budget created.')).toBeVisible();
  await expect(admin.getByText('0 of 1 request (0 %)')).toBeVisible();

  const page = await openWindow({ server, state: ana.state });
  await page.goto(`/o/${org}/chat`);
  await hydrated(page);
  const answers = page.getByRole('article', { name: 'Answer' });
  const say = async (text: string) => {
    await page.getByRole('textbox', { name: 'Your message' }).fill(text);
    await page.getByRole('textbox', { name: 'Your message' }).press('Enter');
  };
  await say('hello');
  await expect(answers).toContainText('Answer 1 to “hello”');
  await say('one more');
  await expect(answers.last()).toContainText('Your monthly budget for Lab leaves no room for this request: 1 of 1 request spent.');
  expect(upstream.asked).toHaveLength(1);

  await admin.reload();
  await admin.getByText('Change…').click();
  await admin.getByLabel('Limit').first().fill('2');
  await admin.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(admin.getByText('Budget changed.')).toBeVisible();
  await answers.last().getByRole('button', { name: 'Regenerate' }).click();
  await expect(answers.last()).toContainText('Answer 2 to “one more”');
  await owner.close();
  upstream.stop();
});
