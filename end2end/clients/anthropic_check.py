"""Anthropic's official client for Python, as it is, against a gateway.

    anthropic_check.py BASE_URL KEY MODEL

Prints what openai_check.py prints, of what this client can do.
"""

import json
import sys

import anthropic
from anthropic import Anthropic

base_url, key, model = sys.argv[1:4]
client = Anthropic(base_url=base_url, api_key=key, max_retries=0)


def say(name, **result):
    print(json.dumps({"name": name, **result}), flush=True)


def refused(name, call):
    try:
        call()
    except anthropic.APIStatusError as error:
        told = error.body["error"]
        say(name, kind=type(error).__name__, status=error.status_code, type=told["type"], code=told.get("code"))
    else:
        say(name, kind="none")


def asked(text, **more):
    return {"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": text}], **more}


answer = client.messages.create(**asked("echo Grüße 🌻"))
say("whole", text=answer.content[0].text, stop=answer.stop_reason, tokens=[answer.usage.input_tokens, answer.usage.output_tokens])

with client.messages.stream(**asked("echo one piece after the other")) as stream:
    pieces = list(stream.text_stream)
    end = stream.get_final_message()
say(
    "stream",
    text="".join(pieces),
    several=len(pieces) > 1,
    stop=end.stop_reason,
    tokens=[end.usage.input_tokens, end.usage.output_tokens],
)

say("count", tokens=client.messages.count_tokens(model=model, messages=asked("echo hi")["messages"]).input_tokens)

refused("wrong key", lambda: Anthropic(base_url=base_url, api_key="gk_wrong", max_retries=0).messages.create(**asked("hi")))
refused("unknown model", lambda: client.messages.create(**asked("hi", model="no-such-model")))
refused("not Anthropic's", lambda: client.messages.create(**asked("hi", model="lab/basic")))
refused("provider refuses", lambda: client.messages.create(**asked("refuse this")))
refused("provider breaks", lambda: client.messages.create(**asked("crash")))


def broken():
    with client.messages.stream(**asked("break in the middle")) as stream:
        for _ in stream.text_stream:
            pass


refused("stream breaks", broken)
