// A model provider on loopback, as small as can be.

import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider that answers as a test wants. */
export class Upstream {
  /** Requests as they came: path and `authorization`. */
  readonly requests: { path: string; authorization?: string }[] = [];
  private answer = { status: 200, body: JSON.stringify({ data: [] }) };

  private constructor(private readonly http: HttpServer) {}

  static async start(): Promise<Upstream> {
    const http = createServer();
    const upstream = new Upstream(http);
    http.on('request', (request, response) => {
      upstream.requests.push({ path: request.url ?? '', authorization: request.headers.authorization });
      response.writeHead(upstream.answer.status, { 'content-type': 'application/json' }).end(upstream.answer.body);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}/v1`;
  }

  /** Answers with these models. */
  offers(...models: string[]): void {
    this.answers(200, JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) }));
  }

  /** Answers with anything. */
  answers(status: number, body: string): void {
    this.answer = { status, body };
  }

  stop(): Promise<void> {
    this.http.closeAllConnections();
    return new Promise((resolve) => this.http.close(() => resolve()));
  }
}
