import type { PlaywrightTestConfig } from '@playwright/test';
import base from './playwright.config';

// By script/real-provider only: what it needs takes long to install, and a model's words are never the same twice.
const config: PlaywrightTestConfig = { ...base, testDir: 'real', workers: 1, timeout: 180_000, projects: [{ name: 'real' }] };
export default config;
