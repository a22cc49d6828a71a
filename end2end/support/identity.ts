// Providers of OpenID Connect: one for a browser, and one that says whatever a test wants.

import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { APIRequestContext, APIResponse } from '@playwright/test';
import { freePort, type Server } from './server';

/** Where the programs for Python are (script/lib.sh). */
const programs = path.dirname(process.env.CLIENTS_PYTHON ?? '/usr/bin/python3');

/** A provider's process. */
export class IdentityProvider {
  private constructor(
    /** Its issuer. */
    readonly issuer: string,
    private readonly process: ChildProcess,
  ) {}

  /** One that people sign in to with any name and any password. */
  static async certified(server: Server, org: string): Promise<IdentityProvider> {
    const script = path.resolve(__dirname, '../clients/oidc_provider.mjs');
    const redirectUrl = `${server.url}/sign-on/${org}/callback`;
    return IdentityProvider.start((port) => [process.execPath, [script, String(port), redirectUrl]]);
  }

  /** One that vouches for whatever it is told. */
  static async believing(): Promise<IdentityProvider> {
    return IdentityProvider.start((port) => [path.join(programs, 'oidc-provider-mock'), ['--port', String(port)]]);
  }

  private static async start(command: (port: number) => [string, string[]]): Promise<IdentityProvider> {
    const port = await freePort();
    const child = spawn(...command(port), { stdio: 'ignore' });
    const issuer = `http://127.0.0.1:${port}`;
    const configuration = `${issuer}/.well-known/openid-configuration`;
    while (child.exitCode === null) {
      if (await fetch(configuration).then((answer) => answer.ok, () => false)) return new IdentityProvider(issuer, child);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('The provider did not start.');
  }

  /** Has it say this about somebody. */
  async vouch(http: APIRequestContext, sub: string, claims: object): Promise<void> {
    const answer = await http.put(`${this.issuer}/users/${encodeURIComponent(sub)}`, { data: claims });
    if (!answer.ok()) throw new Error(await answer.text());
  }

  stop(): void {
    this.process.kill();
  }
}

/** Goes to the provider and gives the address that it sends back to, without going there. */
export async function wayBack(http: APIRequestContext, org: string, sub: string): Promise<string> {
  const begun = await http.get(`/sign-on/${org}`);
  const there = begun.headers().refresh?.replace(/^0; url=/, '');
  if (!there) throw new Error(await begun.text());
  const answer = await http.post(there, { form: { sub }, maxRedirects: 0 });
  const back = answer.headers().location;
  if (!back) throw new Error(await answer.text());
  return back;
}

/** Signs somebody in whom the provider vouches for. */
export async function signOn(http: APIRequestContext, org: string, sub: string): Promise<APIResponse> {
  return http.get(await wayBack(http, org, sub), { maxRedirects: 0 });
}
