import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { Api, setUp, type Joined } from '../support/api';
import { allowClipboard, copied } from '../support/clipboard';
import { KEY, takeSecret } from '../support/keys';
import { status } from '../support/guard';
import type { Server } from '../support/server';
import { expect, hydrated, ORG, test as base } from '../support/test';
import { AnsweringProvider } from '../support/answering';

/** An organization with one provider, and somebody who may use it. */
interface World {
  upstream: AnsweringProvider;
  server: Server;
  owner: Api;
  provider: { id: number; slug: string };
  ana: Joined;
  /** Ana's own API. */
  api: Api;
  /** Ana's window, on Chat. */
  page: Page;
  path: string;
}

const test = base.extend<{ world: World }>({
  world: async ({ startServer, openWindow }, use) => {
    const upstream = await AnsweringProvider.start();
    const server = await startServer({ env: { GATEHOUSE_ALLOW_PRIVATE_PROVIDERS: 'true' } });
    const { org, api: owner } = await setUp(server);
    const provider = await owner.provider('Lab', { base_url: upstream.url });
    await owner.call('test_provider', { provider: provider.id });
    const ana = await owner.join('Ana Asker', 'ana@example.com');
    await owner.allow(ana.member, [provider.id]);
    const api = await Api.open(server.url, org, ana.state);
    const page = await openWindow({ server, state: ana.state });
    const path = `/o/${org}/chat`;
    await page.goto(path);
    await hydrated(page);
    await use({ upstream, server, owner, provider, ana, api, page, path });
    await api.close();
    await owner.close();
    upstream.stop();
  },
});

const field = (page: Page): Locator => page.getByRole('textbox', { name: 'Your message' });
const answers = (page: Page): Locator => page.getByRole('article', { name: 'Answer' });
const questions = (page: Page): Locator => page.getByRole('article', { name: 'You' });

/** What opens the list of models, and says which is chosen. */
const chosen = (page: Page): Locator => page.getByRole('button', { name: /^Model:/ });

/** Chooses a model by typing. */
async function choose(page: Page, words: string): Promise<void> {
  await chosen(page).click();
  const find = page.getByRole('combobox', { name: 'Find a model' });
  await expect(find).toBeFocused();
  await find.fill(words);
  await expect(page.getByRole('option')).toHaveCount(1);
  await find.press('Enter');
  await expect(find).toBeHidden();
  await expect(field(page)).toBeFocused();
}

/** Sends a message, and waits for its answer unless told not to. */
async function say(page: Page, text: string, wait = true): Promise<void> {
  const before = await answers(page).count();
  await field(page).fill(text);
  await field(page).press('Enter');
  if (!wait) return;
  await expect(answers(page)).toHaveCount(before + 1);
  await expect(page.getByRole('button', { name: 'Send', exact: true })).toBeVisible();
  await expect(answers(page).last().getByRole('button', { name: 'Regenerate' })).toBeVisible();
}

test('an answer is shown as it is written, and kept', async ({ world: { page, path, upstream } }) => {
  await say(page, 'slowly, please', false);
  await expect(answers(page)).toContainText('The first part');
  await expect(answers(page)).not.toContainText('and the rest.');
  await expect(answers(page)).toHaveAttribute('aria-busy', 'true');
  await expect(page).toHaveURL(new RegExp(`${path}/\\d+$`));
  await expect(field(page)).toHaveValue('');
  await expect(answers(page)).toContainText('The first part and the rest.');
  await expect(answers(page)).toContainText('basic · Lab');
  await expect(page.getByRole('status').filter({ hasText: 'The answer is complete.' })).toHaveCount(1);

  // A second message is told with what was said before.
  await choose(page, 'lab LARGE');
  await say(page, 'And then?');
  await expect(answers(page).last()).toContainText('by large');
  expect(upstream.asked.at(-1)?.messages).toEqual([
    { role: 'user', content: 'slowly, please' },
    { role: 'assistant', content: 'The first part and the rest.' },
    { role: 'user', content: 'And then?' },
  ]);

  await page.reload();
  await hydrated(page);
  await expect(questions(page)).toHaveText([/slowly, please/, /And then\?/]);
  await expect(answers(page)).toHaveText([/and the rest/, /by large/]);
  await expect(chosen(page)).toContainText('large');
  await page.getByRole('link', { name: 'New chat' }).click();
  await expect(page).toHaveURL(path);
  await expect(answers(page)).toHaveCount(0);
  await expect(field(page)).toBeFocused();
  await page.getByRole('button', { name: 'Explain a term' }).click();
  await expect(field(page)).toHaveValue(/^Explain in plain words/);
  await expect(field(page)).toBeFocused();
  // What was used last is chosen.
  await expect(chosen(page)).toContainText('large');
});

test('Enter sends, Shift and Enter begin a line', async ({ world: { page, upstream } }) => {
  await field(page).pressSequentially('one');
  await field(page).press('Shift+Enter');
  await field(page).pressSequentially('two');
  expect(upstream.asked).toHaveLength(0);
  await field(page).press('Enter');
  await expect(answers(page)).toContainText('Answer 1');
  expect(upstream.asked[0]?.messages[0]?.content).toBe('one\ntwo');
  await expect(field(page)).toBeFocused();
  await field(page).press('Enter');
  expect(upstream.asked).toHaveLength(1);
});

test('stopping closes the connection and keeps what came', async ({ world: { page, upstream } }) => {
  await say(page, 'endless', false);
  await expect(answers(page)).toContainText('word3');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(answers(page)).toContainText('Stopped.');
  await expect.poll(() => upstream.asked[0]?.left).toBe(true);
  await expect(answers(page).getByRole('button', { name: 'Regenerate' })).toBeVisible();
  const kept = (await answers(page).innerText()).match(/word\d+/g) ?? [];
  expect(kept.length).toBeGreaterThanOrEqual(3);
  await page.reload();
  await expect(answers(page)).toContainText('Stopped.');
  expect((await answers(page).innerText()).match(/word\d+/g)).toEqual(kept);
});

test('leaving stops as well', async ({ world: { page, upstream, path } }) => {
  await say(page, 'endless', false);
  await expect(answers(page)).toContainText('word2');
  await expect(page).toHaveURL(/\d+$/);
  const address = page.url();
  await page.goto('about:blank');
  await expect.poll(() => upstream.asked[0]?.left).toBe(true);
  await page.goto(address);
  await expect(answers(page)).toContainText('word2');
  await expect(page.getByRole('navigation', { name: 'Conversations' }).getByRole('link')).toHaveAttribute('href', new RegExp(`^${path}/`));
});

test('a page that is loaded again, and another window, see the answer grow and lose nothing', async ({ world, openWindow, errors }) => {
  errors.allow(status(409));
  const { page, upstream } = world;
  await say(page, 'one');
  const other = await openWindow({ server: world.server, state: world.ana.state });
  await other.goto(page.url());
  await hydrated(other);
  await expect(answers(other)).toHaveCount(1);
  await say(page, 'endless', false);
  await expect(answers(page).last()).toContainText('word3');

  // What the other window does not know yet, it is told; what was typed there stays.
  await field(other).fill('typed meanwhile');
  await field(other).press('Enter');
  await expect(other.getByRole('alert')).toContainText('An answer is still being written in this conversation.');
  await expect(field(other)).toHaveValue('typed meanwhile');
  const grown = async (window: Page): Promise<number> => (await answers(window).last().innerText()).match(/word\d+/g)?.length ?? 0;
  const growsIn = async (window: Page): Promise<void> => {
    const before = await grown(window);
    await expect.poll(() => grown(window)).toBeGreaterThan(before);
    await expect(answers(window).last()).toHaveAttribute('aria-busy', 'true');
    await expect(answers(window)).toHaveCount(2);
    await expect(questions(window)).toHaveText([/one/, /endless/]);
  };
  await growsIn(other);
  await page.reload();
  await growsIn(page);
  expect(upstream.asked).toHaveLength(2);
  expect(upstream.asked[1]?.left).toBe(false);

  // Stopped in one, it ends in both.
  await other.getByRole('button', { name: 'Stop' }).click();
  for (const window of [other, page]) {
    await expect(answers(window).last()).toContainText('Stopped.');
    await expect(answers(window).last().getByRole('button', { name: 'Regenerate' })).toBeVisible();
  }
  expect(await grown(page)).toBe(await grown(other));
  expect(upstream.asked[1]?.left).toBe(true);
  await field(other).press('Enter');
  await expect(answers(other).last()).toContainText('Answer 3 to “typed meanwhile”');
});

test('an answer is regenerated, a message edited', async ({ world: { page, upstream } }) => {
  await say(page, 'first');
  await say(page, 'second');
  await answers(page).last().getByRole('button', { name: 'Regenerate' }).click();
  await expect(answers(page).last()).toContainText('Answer 3 to “second”');
  await expect(answers(page)).toHaveCount(2);
  await expect(questions(page)).toHaveCount(2);
  await expect(answers(page).first().getByRole('button', { name: 'Regenerate' })).toHaveCount(0);

  await questions(page).first().getByRole('button', { name: 'Edit' }).click();
  const edit = page.getByRole('textbox', { name: 'Edit your message' });
  await expect(edit).toBeFocused();
  await edit.fill('changed');
  await edit.press('Enter');
  await expect(answers(page)).toHaveText([/Answer 4 to “changed”/]);
  await expect(questions(page)).toHaveText([/changed/]);
  expect(upstream.asked.at(-1)?.messages).toEqual([{ role: 'user', content: 'changed' }]);
});

test('what goes wrong stands in the conversation', async ({ world: { page } }) => {
  await say(page, 'refuse');
  await expect(answers(page).last()).toContainText('I would rather not');
  await say(page, 'break');
  await expect(answers(page).last()).toContainText('Half an');
  await expect(answers(page).last().locator('.failed')).not.toBeEmpty();
  await page.reload();
  await expect(answers(page).first()).toContainText('I would rather not');
  await expect(answers(page).last()).toContainText('Half an');
});

test('Markdown is shown, and nothing in it does anything', async ({ world: { page } }) => {
  await allowClipboard(page);
  const hostile = '<script>document.title = 1</script> <img src=x onerror="document.title = 2"> [x](javascript:document.title=3)';
  await say(page, `echo # Title\n\n**bold** ${hostile}\n\n[link](https://example.com/)\n\n\`\`\`js\nlet a = "<b>";\n\`\`\``);
  const answer = answers(page).last();
  await expect(answer.getByRole('heading', { name: 'Title' })).toBeVisible();
  await expect(answer.locator('strong')).toHaveText('bold');
  await expect(answer).toContainText('<script>');
  await expect(answer.locator('script, img')).toHaveCount(0);
  await expect(answer.getByRole('link')).toHaveCount(1);
  await expect(answer.getByRole('link', { name: 'link' })).toHaveAttribute('rel', /noopener.*nofollow/);
  await answer.getByRole('button', { name: 'Copy code' }).click();
  await expect.poll(() => copied(page)).toBe('let a = "<b>";\n');
  await expect(page).toHaveTitle(/Chat/);

  // What is bare, drawn, coloured or wide; and what is exported is what was written.
  const wide = `| ${Array.from({ length: 12 }, (_, n) => `considerable${n}`).join(' | ')} |\n|${'---|'.repeat(12)}\n| 1 |`;
  await page.setViewportSize({ width: 390, height: 844 });
  await say(page, `echo See https://example.com/a_b. So \\(a^2\\) holds[^1].\n\n${wide}\n\n\`\`\`js\nlet b = 1\n\`\`\`\n\n[^1]: A note`);
  const last = answers(page).last();
  await expect(last.getByRole('link', { name: 'https://example.com/a_b' })).toHaveAttribute('href', 'https://example.com/a_b');
  await expect(last.locator('math msup')).toHaveCount(1);
  await expect(last.getByRole('link', { name: 'Footnote 1' })).toBeVisible();
  await expect(last.locator('.hl-keyword')).toHaveText('let');
  const table = last.getByRole('group', { name: 'Table' });
  expect(await table.evaluate((frame) => frame.scrollWidth > frame.clientWidth)).toBe(true);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
  await expect(page.getByRole('button', { name: 'Jump to latest' })).toBeHidden();
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.getByRole('button', { name: 'Jump to latest' }).click();
  await expect(last.getByText('A note')).toBeInViewport();
  await expect(page.getByRole('link', { name: 'New chat' })).toBeInViewport();
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export' }).click();
  const file = await readFile(await (await downloading).path(), 'utf8');
  expect(file).toContain('So \\(a^2\\) holds[^1].');
  expect(file).toMatch(/^# .*\n\n## You, /);
});

test('a provider that is taken away is not asked, and nothing typed is lost', async ({ world, errors }) => {
  errors.allow(status(403));
  const { page, owner, ana, provider, upstream } = world;
  await say(page, 'hello');
  const { version } = await owner.row(ana.member);
  await owner.call('set_providers', { member: ana.member, change: { version, added: [], removed: [provider.id] } });
  await field(page).fill('one more');
  await field(page).press('Enter');
  await expect(page.getByRole('alert')).toContainText('Lab is not one of your allowed providers');
  await expect(page.getByText('No provider available')).toBeVisible();
  await expect(page.getByText('No provider is assigned to you.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'owner@example.com' })).toBeVisible();
  expect(upstream.asked).toHaveLength(1);
  await owner.allow(ana.member, [provider.id]);
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(field(page)).toHaveValue('one more');
  await field(page).press('Enter');
  await expect(answers(page).last()).toContainText('Answer 2 to “one more”');
});

test('a conversation whose provider is gone is read, and goes on with another', async ({ world }) => {
  const { page, owner, ana, provider, upstream } = world;
  await say(page, 'hello');
  await owner.call('set_provider_active', { provider: provider.id, active: false });
  await page.reload();
  await hydrated(page);
  await expect(answers(page)).toContainText('Answer 1');
  await expect(page.getByText('Lab is inactive.')).toBeVisible();
  await expect(page.getByText('Lab is assigned to you, but inactive.')).toBeVisible();
  await expect(field(page)).toHaveCount(0);

  const other = await owner.provider('Workshop', { base_url: upstream.url });
  await owner.call('test_provider', { provider: other.id });
  await owner.allow(ana.member, [other.id]);
  await page.reload();
  await hydrated(page);
  await expect(chosen(page)).toContainText('Choose a model');
  await choose(page, 'workshop basic');
  await say(page, 'again');
  await expect(answers(page).last()).toContainText('basic · Workshop');
  await expect(page.getByText('Lab is inactive')).toHaveCount(0);
});

test('the history is searched, renamed and deleted from', async ({ world: { page, path } }) => {
  const history = page.getByRole('navigation', { name: 'Conversations' });
  await say(page, 'About pears');
  await page.getByRole('link', { name: 'New chat' }).click();
  await say(page, 'About plums');
  await expect(history.getByRole('link')).toHaveText([/About plums/, /About pears/]);
  await expect(history.getByRole('link', { name: /About plums/ })).toHaveAttribute('aria-current', 'page');

  await history.getByRole('searchbox').fill('PEARS');
  await expect(history.getByRole('link')).toHaveText([/About pears/]);
  await expect(history.locator('mark')).toHaveText(['pears']);
  await expect(page).toHaveURL(/\?q=PEARS$/);
  await history.getByRole('link').click();
  await expect(questions(page)).toHaveText([/About pears/]);
  await history.getByRole('searchbox').fill('nothing like it');
  await expect(history).toContainText('No matching conversations.');
  await history.getByRole('searchbox').fill('');
  await expect(history.getByRole('link')).toHaveCount(2);

  await history.getByRole('button', { name: 'Actions for About pears' }).click();
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  const rename = page.getByRole('dialog');
  await rename.getByLabel('Title').fill('Fruit');
  await rename.getByRole('button', { name: 'Rename' }).click();
  await expect(history.getByRole('link', { name: /Fruit/ })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Fruit' })).toBeVisible();

  await history.getByRole('button', { name: 'Actions for Fruit' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete conversation' }).click();
  await expect(page).toHaveURL(path);
  await expect(history.getByRole('link')).toHaveText([/About plums/]);
  await page.goBack();
});

test('nobody reads another’s conversation', async ({ world: { page, owner }, errors }) => {
  errors.allow(status(404));
  await say(page, 'secret');
  const id = Number(page.url().split('/').at(-1));
  await expect(owner.call('get_conversation', { conversation: id })).rejects.toThrow('404');
});

test('other programs are told how to connect', async ({ world: { page, provider } }) => {
  await allowClipboard(page);
  await page.getByRole('button', { name: 'Connect to external tools' }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect to external tools' });
  await dialog.getByRole('button', { name: 'Copy model' }).click();
  await expect.poll(() => copied(page)).toBe(`${provider.slug}/basic`);
  await dialog.getByRole('button', { name: 'Copy base URL' }).click();
  await expect.poll(() => copied(page)).toMatch(/^http.*\/v1$/);
  for (const word of ['curl', 'OpenAI(base_url=', 'new OpenAI(', 'GATEHOUSE_KEY']) await expect(dialog).toContainText(word);
  await expect(dialog.getByRole('link', { name: 'your account' })).toHaveAttribute('href', '/account');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const make = page.getByRole('dialog', { name: 'Create key' });
  await make.getByRole('textbox', { name: 'Name' }).fill('editor');
  await make.getByRole('button', { name: 'Create key' }).click();
  expect(await takeSecret(page)).toMatch(KEY);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('without JavaScript conversations are read and go on', async ({ world: { page, ana, path }, browser }) => {
  await say(page, 'echo **kept**');
  const window = await browser.newContext({ javaScriptEnabled: false, baseURL: new URL(page.url()).origin, storageState: ana.state });
  const plain = await window.newPage();
  await plain.goto(path);
  const send = () => plain.getByRole('button', { name: 'Send' }).click();
  // Refused, with what was chosen kept.
  await expect(plain.getByRole('button', { name: /Model:/ })).toBeHidden();
  await plain.getByLabel('Model', { exact: true }).selectOption({ label: 'basic' });
  await send();
  await expect(plain.getByText('Write a message first.').first()).toBeVisible();
  await field(plain).fill('echo *plain*');
  await send();
  await expect(plain).toHaveURL(new RegExp(`${path}/[0-9]+$`));
  await expect(answers(plain).locator('em')).toHaveText('plain');
  await field(plain).fill('echo *more*');
  await send();
  await expect(answers(plain)).toHaveCount(2);
  await plain.getByRole('link', { name: /kept/ }).click();
  await expect(answers(plain).locator('strong')).toHaveText('kept');
  await window.close();
});

test('on a phone the history is behind a button', async ({ world: { page } }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await say(page, 'About pears');
  const history = page.getByRole('navigation', { name: 'Conversations' });
  await expect(history).toBeHidden();
  const button = page.getByText('History', { exact: true });
  const top = async (what: Locator) => (await what.boundingBox())?.y;
  expect(await top(button)).toBe(await top(page.getByRole('link', { name: 'New chat' })));
  await button.click();
  await expect(history).toBeVisible();
  await page.getByRole('link', { name: 'New chat' }).click();
  await expect(history).toBeHidden();
  await page.getByText('History', { exact: true }).click();
  await history.getByRole('link', { name: /About pears/ }).click();
  await expect(answers(page)).toContainText('Answer 1');
  await expect(history).toBeHidden();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
});

test('a draft stays in its conversation', async ({ world: { page, path } }) => {
  await say(page, 'Begin');
  await field(page).fill('for this one');
  await page.getByRole('link', { name: 'New chat' }).click();
  await expect(page).toHaveURL(path);
  await expect(field(page)).toHaveValue('');
  await field(page).fill('for a new one');
  const conversations = page.getByRole('navigation', { name: 'Conversations' });
  await conversations.getByRole('link').first().click();
  await expect(field(page)).toHaveValue('for this one');
  await page.getByRole('link', { name: 'New chat' }).click();
  await expect(field(page)).toHaveValue('for a new one');
  await page.reload();
  await hydrated(page);
  await expect(field(page)).toHaveValue('for a new one');
  await say(page, 'Another');
  await page.getByRole('link', { name: 'New chat' }).click();
  await expect(field(page)).toHaveValue('');
});

test('a conversation that cannot be read just now is offered again', async ({ world: { page }, errors }) => {
  errors.allow(/net::ERR_FAILED/);
  await say(page, 'Begin');
  await page.getByRole('link', { name: 'New chat' }).click();
  await page.route('**/api/ui/get_conversation', (route) => route.abort());
  await page.getByRole('navigation', { name: 'Conversations' }).getByRole('link').first().click();
  const notice = page.getByRole('alert').filter({ hasText: "Can't reach the server." });
  await expect(notice).toBeVisible();
  await page.unroute('**/api/ui/get_conversation');
  await notice.getByRole('link', { name: 'Try again' }).click();
  await expect(notice).toBeHidden();
  await expect(page.getByRole('article', { name: 'You' })).toContainText('Begin');
});

test.describe('in the sample organization', () => {
  test.use({ as: 'member' });
  test('Chat answers without an account elsewhere', async ({ page, open }) => {
    await open(`/o/${ORG}/chat`);
    await say(page, 'Is anybody there?');
    await expect(answers(page)).toContainText('This is the sample provider.');
    await expect(answers(page).locator('blockquote')).toHaveText('Is anybody there?');
    await expect(answers(page)).toContainText('markdown · A sample provider');
  });
});
