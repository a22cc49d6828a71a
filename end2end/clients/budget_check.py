"""What the official clients make of a budget that is used up, with their own retries on.

budget_check.py BASE_URL KEY OPENAI_MODEL ANTHROPIC_MODEL: one line of JSON for each client.
"""

import json
import sys

import anthropic
import openai

url, key, openai_model, anthropic_model = sys.argv[1:]
message = [{"role": "user", "content": "echo hi"}]


def tried(name, library, made, ask):
    sent = []
    client = made(library.DefaultHttpxClient(event_hooks={"request": [sent.append]}))
    try:
        ask(client)
    except (openai.APIStatusError, anthropic.APIStatusError) as error:
        told = error.body.get("error", error.body)
        kind, status = type(error).__name__, error.status_code
        print(json.dumps({"name": name, "kind": kind, "status": status, "code": told["code"], "requests": len(sent)}))


tried(
    "openai",
    openai,
    lambda http: openai.OpenAI(base_url=f"{url}/v1", api_key=key, http_client=http),
    lambda client: client.chat.completions.create(model=openai_model, messages=message),
)
tried(
    "anthropic",
    anthropic,
    lambda http: anthropic.Anthropic(base_url=url, api_key=key, http_client=http),
    lambda client: client.messages.create(model=anthropic_model, max_tokens=10, messages=message),
)
