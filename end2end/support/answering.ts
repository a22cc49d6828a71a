// A provider of one's own that speaks the OpenAI API and answers by what it is asked.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was asked of it. */
export interface Asked {
  model: string;
  messages: { role: string; content: string }[];
  /** The client left before the answer was complete. */
  left: boolean;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A running one. */
export class AnsweringProvider {
  readonly asked: Asked[] = [];
  private constructor(
    private readonly server: Server,
    private models: string[],
  ) {
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async start(models = ['basic', 'large']): Promise<AnsweringProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new AnsweringProvider(server, models);
  }

  /** Its base URL. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      const data = this.models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'test' }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ object: 'list', data }));
      return;
    }
    let body = '';
    for await (const piece of request) body += String(piece);
    const asked: Asked = { ...(JSON.parse(body) as Pick<Asked, 'model' | 'messages'>), left: false };
    this.asked.push(asked);
    let done = false;
    response.on('close', () => (asked.left = !done));
    const last = asked.messages.at(-1)?.content ?? '';
    if (last.startsWith('refuse')) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'I would rather not', type: 'invalid_request_error' } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const say = (content: string): void => {
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`);
    };
    if (last.startsWith('endless')) {
      for (let word = 1; !response.destroyed; word++) {
        say(`word${word} `);
        await pause(60);
      }
      return;
    }
    if (last.startsWith('break')) {
      say('Half an ');
      await pause(50);
      response.destroy();
      return;
    }
    if (last.startsWith('slowly')) {
      say('The first part ');
      await pause(1_500);
      say('and the rest.');
    } else if (last.startsWith('echo ')) {
      for (const piece of last.slice(5).match(/[^]{1,7}/g) ?? []) say(piece);
    } else {
      say(`Answer ${this.asked.length} to “${last}” by ${asked.model}.`);
    }
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`);
    done = true;
    response.end('data: [DONE]\n\n');
  }
}
