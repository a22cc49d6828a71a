// Anthropic's messages, as a provider of one's own answers them.

import type { ServerResponse } from 'node:http';

/** Answers to what was said last. */
export function answerMessages(response: ServerResponse, model: string, last: string, stream: boolean): void {
  const json = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (last.startsWith('refuse')) {
    json(400, { type: 'error', error: { type: 'invalid_request_error', message: 'I would rather not' } });
    return;
  }
  const text = last.startsWith('echo ') ? last.slice(5) : last;
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model, stop_sequence: null };
  if (!stream) {
    const content = [{ type: 'text', text }];
    json(200, { ...message, content, stop_reason: 'end_turn', usage: { input_tokens: 7, output_tokens: 5 } });
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const say = (type: string, more: object = {}): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`);
  };
  say('message_start', { message: { ...message, content: [], stop_reason: null, usage: { input_tokens: 7, output_tokens: 1 } } });
  say('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  for (const piece of text.match(/[^]{1,7}/g) ?? []) {
    say('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } });
  }
  if (last.startsWith('break')) {
    // Sent before the connection is closed.
    response.write(': \n\n', () => response.destroy());
    return;
  }
  say('content_block_stop', { index: 0 });
  say('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } });
  say('message_stop');
  response.end();
}
