"""What a command of the documents must have done, beyond ending well."""

import base64
import json
import re

from place import ATTRIBUTES, DATA, ROOT, TOPIC

EVENTS = set(re.findall(r"^\| `([a-z.-]+)` \|", (ROOT / "deploy/README.md").read_text(), re.MULTILINE))


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def created(calls):
    (call,) = [call for call in calls if call.method == "PUT"]
    return {name: value for name, value in call.body.items() if name != "name"}


def told_in_chat(calls, _):
    body = created(calls)
    (transform,) = body.pop("messageTransforms")
    equal(transform["javascriptUdf"]["functionName"], "text")
    equal(transform["javascriptUdf"]["code"].strip(), (ROOT / "deploy/chat/text.js").read_text().strip())
    expected = {
        "topic": TOPIC,
        "filter": 'attributes.origin = "jit-cleanup"',
        "pushConfig": {"pushEndpoint": "https://chat.example.com/hook", "noWrapper": {"writeMetadata": False}},
        "expirationPolicy": {},
    }
    equal(body, expected)


def announced(calls, _):
    equal(created(calls), {"topic": TOPIC, "filter": 'attributes.origin = "jit-cleanup"'})


def published_again(calls, _):
    bodies = [call.body for call in calls if call.path == f"/v1/{TOPIC}:publish"]
    equal(bodies, [{"messages": [{"data": DATA, "attributes": ATTRIBUTES}]}])
    assert any(call.path.endswith("/jitcleanup-quarantine:acknowledge") for call in calls), calls


def named_events(calls, _):
    (call,) = calls
    unknown = set(re.findall(r'"([a-z]+\.[a-z-]+)"', call.body["filter"])) - EVENTS
    assert not unknown, f"there is no event {unknown}"


def listening(_, output):
    assert '"service.listening"' in output, output


def explained(_, output):
    assert "a temporary grant" in output, output


EXPECTATIONS = {
    "create removals-chat": told_in_chat,
    "create removals ": announced,
    "ack jitcleanup-quarantine": published_again,
    "gcloud logging read": named_events,
    "jitcleanup serve": listening,
    "jitcleanup explain": explained,
}


def check(text, calls, output):
    for part, expectation in EXPECTATIONS.items():
        if part in text:
            expectation(calls, output)
