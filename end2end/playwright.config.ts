import { defineConfig } from '@playwright/test';
import { chromium } from './support/browser';
import type { Options } from './support/test';

export default defineConfig<Options>({
  testDir: 'specs',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  // Where nobody can try again, a test gets one second try; `script/test` lists those that needed it.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    ...chromium,
    // What was done and asked, with the console. Pictures and copies of the page at each step double the time of the run:
    // `--trace on` makes them for one test.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false, sources: false },
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'desktop', grepInvert: [/@phone-only/, /@nojs-only/] },
    // The same behaviour from the HTML and the native forms alone.
    { name: 'noJs', grep: [/@nojs/], use: { javaScriptEnabled: false } },
    { name: 'phone', grep: [/@phone/], use: { viewport: { width: 390, height: 844 }, hasTouch: true } },
  ],
});
