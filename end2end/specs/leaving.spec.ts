import { status } from '../support/guard';
import { expect, ORG, test } from '../support/test';

// The guard of every test does the judging: an exception of the page that was left is one of the browser's errors.
test('leaving a page before it has come alive is no error', async ({ page, open, errors }) => {
  errors.allow(status(404));
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  for (const path of [`/o/${ORG}/access`, `/o/${ORG}/teams`, '/account']) {
    // Slow enough for the program to be on its way, whichever machine this is.
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: 100_000,
      uploadThroughput: 100_000,
    });
    const program = page.waitForResponse((response) => response.url().endsWith('.wasm'));
    await page.goto(path, { waitUntil: 'commit' });
    await program;
    await expect(page.locator('html')).not.toHaveAttribute('data-hydrated');
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: -1,
    });
    await page.goto('/no-such-page', { waitUntil: 'commit' });
  }
  await open(`/o/${ORG}/access`);
});
