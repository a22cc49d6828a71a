// A provider of one's own that speaks the OpenAI API, and Anthropic's messages, and answers by what it is asked.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerMessages } from './messages';

/** What was asked of it. */
export interface Asked {
  model: string;
  messages: { role: string; content: string }[];
  /** The client left before the answer was complete. */
  left: boolean;
}

/** What is read of a request. */
interface Sent {
  model: string;
  messages: { role: string; content: string }[];
  stream?: boolean;
  tools?: { function: { name: string } }[];
  response_format?: { type: string };
  input?: string[];
}

function whole(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** The message of an answer that is not streamed. */
function message(sent: Sent, last: string): object {
  const tool = sent.tools?.[0]?.function.name;
  if (tool) {
    const call = { id: 'call_1', type: 'function', function: { name: tool, arguments: '{"q":"ü"}' } };
    return { role: 'assistant', content: null, tool_calls: [call] };
  }
  if (sent.response_format?.type === 'json_schema') return { role: 'assistant', content: '{"city":"Paris"}' };
  return { role: 'assistant', content: last.startsWith('echo ') ? last.slice(5) : last };
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
    const sent = JSON.parse(body) as Sent;
    if (request.url?.endsWith('/embeddings')) {
      const data = sent.input?.map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 0.5] }));
      whole(response, 200, { object: 'list', model: sent.model, data, usage: { prompt_tokens: 2, total_tokens: 2 } });
      return;
    }
    if (request.url?.endsWith('/messages/count_tokens')) {
      whole(response, 200, { input_tokens: 7 });
      return;
    }
    const asked: Asked = { model: sent.model, messages: sent.messages, left: false };
    this.asked.push(asked);
    let done = false;
    response.on('close', () => (asked.left = !done));
    const last = asked.messages.at(-1)?.content ?? '';
    if (request.url?.endsWith('/messages') && !last.startsWith('crash')) {
      answerMessages(response, sent.model, last, sent.stream ?? false);
      done = true;
      return;
    }
    if (last.startsWith('refuse')) {
      whole(response, 400, { error: { message: 'I would rather not', type: 'invalid_request_error', param: null, code: 'rather_not' } });
      return;
    }
    if (last.startsWith('crash')) {
      response.destroy();
      return;
    }
    if (!sent.stream) {
      whole(response, 200, {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 0,
        model: asked.model,
        choices: [{ index: 0, finish_reason: 'stop', message: message(sent, last) }],
        usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
      });
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
