// What every spec starts from: a server per worker, somebody signed in, a browser page that tolerates no error.

import { test as base, expect, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import { Account, Api, type StorageState } from './api';
import { guard, type Guard } from './guard';
import { Server, type ServerOptions } from './server';

export { expect };

/** The people of the demo who can sign in. */
export type DemoRole = 'owner' | 'admin' | 'auditor' | 'member';

/** The demo's organization, and the small one that its auditor has no part in. */
export const ORG = 'sunflower';
export const OTHER_ORG = 'daisy-lab';

/** Settings of a spec or a test, by `test.use`. */
export interface Options {
  /** Who is signed in on `page`; null is nobody. */
  as: DemoRole | null;
}

/** A further browser window, with its own cookies. */
export interface WindowOptions {
  /** Another server than the worker's. */
  server?: Server;
  /** Whose window it is; nobody's when left out. */
  state?: StorageState;
  /** Anything else about the window. */
  context?: BrowserContextOptions;
}

interface TestFixtures {
  /** Lets a test name the errors it provokes on purpose. */
  errors: Guard;
  /** Waits until a page that was just loaded answers to everything. */
  ready: (page?: Page) => Promise<void>;
  /** Opens a page of the server and waits until it does. */
  open: (path: string, page?: Page) => Promise<void>;
  /** Opens a further window. */
  openWindow: (options?: WindowOptions) => Promise<Page>;
  /** Starts a server for this test alone. */
  startServer: (options?: ServerOptions) => Promise<Server>;
  /** The API as the demo's owner, to make what a test needs. */
  api: Api;
}

interface WorkerFixtures {
  /** The worker's server, with the demo. */
  server: Server;
  /** Signs a person of the demo in, once. */
  demo: (role: DemoRole) => Promise<StorageState>;
}

export const test = base.extend<TestFixtures & Options, WorkerFixtures>({
  as: ['owner', { option: true }],

  server: [
    async ({}, use) => {
      const server = await Server.start({ demo: true });
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 90_000 },
  ],

  demo: [
    async ({ server }, use) => {
      const states = new Map<DemoRole, Promise<StorageState>>();
      await use((role) => {
        let state = states.get(role);
        if (!state) {
          state = new Account(server.url, `${role}@example.com`, server.demoPassword).signIn();
          states.set(role, state);
        }
        return state;
      });
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  storageState: async ({ as, demo }, use) => use(as ? await demo(as) : undefined),

  errors: async ({}, use) => {
    const watch = guard();
    await use(watch);
    watch.expectNone();
  },

  page: async ({ page, errors }, use) => {
    errors.watch(page);
    await use(page);
  },

  ready: async ({ page, javaScriptEnabled }, use) => {
    await use(async (on = page) => {
      // Without JavaScript the first HTML is all there is.
      if (javaScriptEnabled !== false) await hydrated(on);
    });
  },

  open: async ({ page, ready }, use) => {
    await use(async (path, on = page) => {
      await on.goto(path);
      await ready(on);
    });
  },

  openWindow: async ({ browser, server, errors, javaScriptEnabled, startServer }, use) => {
    // Asked for so that windows are closed before the server that they may still be loading from is.
    void startServer;
    const windows: BrowserContext[] = [];
    await use(async ({ server: other, state, context } = {}) => {
      const baseURL = (other ?? server).url;
      const window = await browser.newContext({ javaScriptEnabled, ...context, baseURL, storageState: state });
      windows.push(window);
      const page = await window.newPage();
      errors.watch(page);
      return page;
    });
    await Promise.all(windows.map((window) => window.close()));
  },

  startServer: async ({}, use) => {
    const servers: Server[] = [];
    await use(async (options) => {
      const server = await Server.start(options);
      servers.push(server);
      return server;
    });
    await Promise.all(servers.map((server) => server.stop()));
  },

  api: async ({ server, demo }, use) => {
    const api = await Api.open(server.url, ORG, await demo('owner'));
    await use(api);
    await api.close();
  },
});

/** Waits until WASM has taken the page over. */
export async function hydrated(page: Page): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', 'true');
}

let made = 0;

/** A word that nothing else in any database of this run contains. */
export function unique(prefix: string): string {
  made += 1;
  return `${prefix}${process.pid.toString(36)}${made.toString(36)}`;
}
