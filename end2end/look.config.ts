// Pictures instead of checks: script/look runs this.

import { defineConfig } from '@playwright/test';
import { chromium } from './support/browser';
import type { Options } from './support/test';

export default defineConfig<Options>({
  testDir: '.',
  testMatch: 'look.ts',
  outputDir: 'test-results/look',
  fullyParallel: true,
  workers: 2,
  reporter: 'list',
  use: chromium,
});
