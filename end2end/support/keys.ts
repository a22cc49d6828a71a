// A list of virtual keys as people see it, on the account and on the page of a member.

import { expect, type Locator, type Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import type { Api } from './api';

/** What is seen of a key; the rest of it only once. */
export const KEY = /gk_[a-z0-9]{12}_[A-Za-z0-9_-]{43}/;

/** The item of a key. */
export function keyItem(page: Page, name: string): Locator {
  return page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) }).filter({ has: page.locator('code') });
}

/** Makes a key for a member without looking at the page; gives it whole. */
export async function makeKey(api: Api, member: number | null, name: string, more: object = {}): Promise<{ secret: string; key: { id: number; last_four: string } }> {
  const input = { name, expires_at: null, scope: null, requests_per_minute: null, tokens_per_day: null, ...more };
  return api.call('create_key', { member, input, idempotency_key: randomUUID() });
}

/** The key in the dialog that shows it, which is closed. */
export async function takeSecret(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog', { name: / (created|has a new secret)$/ });
  await expect(dialog.getByText('It will not be shown again')).toBeVisible();
  const secret = await dialog.getByText(KEY).innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();
  return secret.trim();
}
