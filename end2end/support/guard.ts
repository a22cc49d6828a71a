// Fails a test on anything a developer would see in red: console errors (content security policy violations and
// failed loads among them), uncaught exceptions, requests to the server that got no answer.

import { expect, type Page } from '@playwright/test';

/** Watches pages and remembers what went wrong on them. */
export interface Guard {
  /** Starts to watch a page. */
  watch(page: Page): void;
  /** What the test provokes on purpose is no failure. */
  allow(...patterns: RegExp[]): void;
  /** Fails when something else went wrong. */
  expectNone(): void;
}

/** A guard that watches nothing yet. */
export function guard(): Guard {
  const seen: string[] = [];
  const allowed: RegExp[] = [];
  return {
    watch(page) {
      page.on('console', (message) => {
        if (message.type() !== 'error') return;
        seen.push(`console: ${message.text()} (${message.location().url})`);
      });
      page.on('pageerror', (error) => seen.push(`exception: ${error.message}`));
      page.on('requestfailed', (request) => {
        const why = request.failure()?.errorText ?? 'failed';
        // Leaving a page, closing a window and starting a download all abort what is under way. Violations of the
        // policy are console errors too; without JavaScript every script that is preloaded counts as one.
        if (!['net::ERR_ABORTED', 'csp'].includes(why)) seen.push(`request: ${request.method()} ${request.url()} ${why}`);
      });
    },
    allow(...patterns) {
      allowed.push(...patterns);
    },
    expectNone() {
      const unexpected = seen.filter((text) => !allowed.some((pattern) => pattern.test(text)));
      expect(unexpected, 'errors in the browser').toEqual([]);
    },
  };
}

/** The browser reports every answer with such a status as a failed load. */
export function status(...codes: number[]): RegExp {
  return new RegExp(`responded with a status of (${codes.join('|')})`);
}
