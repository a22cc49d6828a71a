"""The official client for Python, as it is, against a gateway.

    openai_check.py BASE_URL KEY MODEL

Prints one line of JSON for each thing that was tried: its name, and what came of it. Whoever runs it judges.
"""

import json
import sys

import openai
from openai import OpenAI

base_url, key, model = sys.argv[1:4]
client = OpenAI(base_url=base_url, api_key=key, max_retries=0)


def say(name, **result):
    print(json.dumps({"name": name, **result}), flush=True)


def refused(name, call):
    try:
        call()
    except openai.APIStatusError as error:
        say(name, kind=type(error).__name__, status=error.status_code, code=error.code, param=error.param)
    else:
        say(name, kind="none")


def chat(text, **more):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **more)


say("list", ids=[found.id for found in client.models.list()])
say("retrieve", id=client.models.retrieve(model).id)

answer = chat("echo Grüße 🌻")
say("chat", text=answer.choices[0].message.content, tokens=answer.usage.total_tokens)

pieces = [
    chunk.choices[0].delta.content or ""
    for chunk in chat("echo one piece after the other", stream=True)
    if chunk.choices
]
say("stream", text="".join(pieces), several=len([piece for piece in pieces if piece]) > 1)

tools = [
    {
        "type": "function",
        "function": {
            "name": "lookup",
            "parameters": {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]},
        },
    }
]
call = chat("use the tool", tools=tools).choices[0].message.tool_calls[0]
say("tools", function=call.function.name, arguments=json.loads(call.function.arguments))

schema = {
    "type": "json_schema",
    "json_schema": {"name": "city", "schema": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
say("structured", value=json.loads(chat("structured", response_format=schema).choices[0].message.content))

vectors = client.embeddings.create(model=model, input=["a", "b"], encoding_format="float")
say("embeddings", vectors=[found.embedding for found in vectors.data])

refused("wrong key", lambda: OpenAI(base_url=base_url, api_key="gk_wrong", max_retries=0).models.list())
refused("unknown model", lambda: client.chat.completions.create(model="no-such-model", messages=[]))
refused("not allowed", lambda: client.chat.completions.create(model="vault/hidden", messages=[]))
refused("bad request", lambda: client.chat.completions.create(model=model, messages=[], extra_body={"stream": "yes"}))
refused("provider refuses", lambda: chat("refuse this"))
refused("provider breaks", lambda: chat("crash"))
refused("too many", lambda: [chat("echo again") for _ in range(100)])
