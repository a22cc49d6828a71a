// The browser's own API without a browser: to make what a test needs before it looks at the page, never to do what
// the test is about.

import { randomUUID } from 'node:crypto';
import { expect, request, type APIRequestContext, type APIResponse } from '@playwright/test';
import type { Server } from './server';

/** The cookies of somebody who is signed in. */
export type StorageState = Awaited<ReturnType<APIRequestContext['storageState']>>;

/** A row of the table, as far as the tests look at it. */
export interface Row {
  id: number;
  version: number;
  name: string;
  email: string;
  role: string;
  status: string;
  teams: { id: number; name: string }[];
  keys: { name: string }[];
  providers: { id: number; name: string; status: string }[];
  last_login: number | null;
}

/** One page of the table. */
export interface TablePage {
  rows: Row[];
  matched: number;
  page: number;
  pages: number;
  counts: { users: number; invited: number; suspended: number; without_providers: number };
  teams: { id: number; name: string }[];
  providers: { id: number; name: string; status: string }[];
}

/** A request context that the server takes for one of its own pages. */
export function client(url: string, state?: StorageState): Promise<APIRequestContext> {
  return request.newContext({ baseURL: url, storageState: state, extraHTTPHeaders: { origin: url } });
}

/** The password of everybody whom a test makes. */
export const PASSWORD = 'correct horse battery';

/** An e-mail and its password. */
export class Account {
  constructor(
    private readonly url: string,
    readonly email: string,
    readonly password: string,
  ) {}

  /** A session of its own. */
  async signIn(): Promise<StorageState> {
    const http = await client(this.url);
    await redirected(await http.post('/login', { form: { email: this.email, password: this.password }, maxRedirects: 0 }));
    return finish(http);
  }
}

/** The API as one signed-in person in one organization. */
export class Api {
  private constructor(
    private readonly url: string,
    private readonly org: string,
    private readonly http: APIRequestContext,
  ) {}

  static async open(url: string, org: string, state: StorageState): Promise<Api> {
    return new Api(url, org, await client(url, state));
  }

  /** The API as somebody else. */
  as(state: StorageState): Promise<Api> {
    return Api.open(this.url, this.org, state);
  }

  close(): Promise<void> {
    return this.http.dispose();
  }

  /** Calls a server function and gives its answer. */
  async call<T>(name: string, args: object = {}): Promise<T> {
    const answer = await this.http.post(`/api/ui/${name}`, { data: { org: this.org, ...args } });
    expect(answer.ok(), `${name}: ${answer.status()} ${await answer.text()}`).toBe(true);
    return (await answer.json()) as T;
  }

  /** Sends a native form of a page of the organization; gives the address that it leads to. */
  async send(page: string, form: Record<string, string>): Promise<string> {
    return redirected(await this.http.post(`/o/${this.org}/${page}`, { form, maxRedirects: 0 }));
  }

  /** Invites an address; gives its row and its link. */
  async invite(email: string, role = 'member', teams: number[] = []): Promise<{ member: number; link: string }> {
    const input = { emails: email, role, teams, idempotency_key: randomUUID() };
    const { lines } = await this.call<{ lines: { outcome: { invited?: { member: number; link: string } } }[] }>('invite', { input });
    const made = lines[0]?.outcome.invited;
    if (!made) throw new Error(`${email} was not invited: ${JSON.stringify(lines)}`);
    return made;
  }

  /** Makes a member with an account. */
  async join(name: string, email: string, role = 'member', teams: number[] = []): Promise<Joined> {
    const { member, link } = await this.invite(email, role, teams);
    const account = new Account(this.url, email, PASSWORD);
    const http = await client(this.url);
    const path = new URL(link).pathname;
    await redirected(await http.post(path, { form: { name, password: account.password }, maxRedirects: 0 }));
    return { member, name, account, state: await finish(http) };
  }

  /** The rows of a view, by its URL parameters; all of them, over all pages. */
  async rows(search = ''): Promise<Row[]> {
    const rows: Row[] = [];
    for (let page = 1, pages = 1; page <= pages; page++) {
      const answer = await this.page({ search, page });
      rows.push(...answer.rows);
      pages = answer.pages;
    }
    return rows;
  }

  /** One page of the table. */
  page(query: object = {}): Promise<TablePage> {
    const everything = {
      search: '',
      roles: [],
      statuses: [],
      teams: [],
      providers: [],
      without_providers: false,
      sort: 'name',
      descending: false,
      page: 1,
    };
    return this.call<TablePage>('list_members', { query: { ...everything, ...query } });
  }

  /** One row as it is now. */
  row(member: number): Promise<Row> {
    return this.call<Row>('get_member', { member });
  }

  /** Makes a team. */
  team(name: string): Promise<{ id: number; version: number }> {
    return this.call('create_team', { name, idempotency_key: randomUUID() });
  }

  /** Registers a provider. */
  provider(name: string, more: object = {}): Promise<{ id: number; slug: string; version: number }> {
    const input = {
      name,
      slug: '',
      api_type: 'openai_compatible',
      base_url: 'https://models.example.com/v1',
      description: '',
      credential: null,
      ...more,
    };
    return this.call('create_provider', { input, idempotency_key: randomUUID() });
  }

  /** Allows providers to a member. */
  async allow(member: number, added: number[]): Promise<void> {
    const { version } = await this.row(member);
    await this.call('set_providers', { member, change: { version, added, removed: [] } });
  }
}

/** Somebody made by a test. */
export interface Joined {
  member: number;
  name: string;
  account: Account;
  state: StorageState;
}

/** Does the first set-up of an empty server; gives its owner's API and cookies. */
export async function setUp(server: Server, organization = 'Acme'): Promise<{ org: string; state: StorageState; api: Api; owner: Account }> {
  const owner = new Account(server.url, 'owner@example.com', 'correct horse battery');
  const http = await client(server.url);
  const form = { code: server.setupCode, organization, name: 'Olga Owner', email: owner.email, password: owner.password };
  const to = await redirected(await http.post('/setup', { form, maxRedirects: 0 }));
  const org = to.split('/')[2] ?? '';
  const state = await finish(http);
  return { org, state, api: await Api.open(server.url, org, state), owner };
}

async function redirected(answer: APIResponse): Promise<string> {
  expect(answer.status(), await answer.text()).toBe(303);
  return answer.headers().location ?? '';
}

async function finish(http: APIRequestContext): Promise<StorageState> {
  const state = await http.storageState();
  await http.dispose();
  return state;
}
