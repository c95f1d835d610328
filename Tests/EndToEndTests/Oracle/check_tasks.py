"""Checks requests of createTask, and answers to them, with Google's types.  usage: check_tasks.py CORPUS

Each line of the corpus has a request and its answer. Unknown names are refused. Exits with 1 if one is not what Google's
types understand, or if they understand what they should not, and with 2 if the corpus is too poor to show anything.
"""

import base64
import json
import sys

from google.cloud import tasks_v2
from google.protobuf import json_format

# The names that a JSON client of the REST API sends; the parser takes others as well.
NAMES = {"scheduleTime", "dispatchDeadline", "httpRequest"}
HTTP_NAMES = {"url", "httpMethod", "headers", "body", "oidcToken"}
TOKEN_NAMES = {"serviceAccountEmail", "audience"}
WRONG = [
    lambda task: task.update(scheduletime=task.pop("scheduleTime")),
    lambda task: task.update(dispatchDeadline="60"),
    lambda task: task.update(dispatchDeadline="14s"),
    lambda task: task["httpRequest"].update(httpMethod="post"),
    lambda task: task["httpRequest"].pop("url"),
    lambda task: task["httpRequest"].pop("headers"),
    lambda task: task["httpRequest"]["oidcToken"].pop("audience"),
    lambda task: task["httpRequest"].update(body="e30"),
    lambda task: task.update(scheduleTime="soon"),
]


def fault(request):
    """What is wrong with a request; None if nothing is."""
    message = tasks_v2.CreateTaskRequest.pb(tasks_v2.CreateTaskRequest())
    try:
        json_format.ParseDict(request, message, ignore_unknown_fields=False)
    except json_format.ParseError as error:
        return str(error)
    task, http = message.task, message.task.http_request
    raw = request["task"]
    if set(request) != {"task"} or set(raw) != NAMES or set(raw["httpRequest"]) != HTTP_NAMES:
        return "other names than the REST API's"
    if set(raw["httpRequest"]["oidcToken"]) != TOKEN_NAMES:
        return "other names of a token than the REST API's"
    if base64.b64encode(http.body).decode() != raw["httpRequest"]["body"]:
        return "a body in another base64"
    if not http.url.startswith("https://") or dict(http.headers) != {"Content-Type": "application/json"}:
        return "a URL or header that the service would not answer"
    if not 15 <= task.dispatch_deadline.ToTimedelta().total_seconds() <= 1800 or task.schedule_time.nanos % 1000:
        return "a deadline or time that Cloud Tasks does not keep"
    return None


def main(corpus_path):
    with open(corpus_path, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    faults = [why for line in lines if (why := fault(line["request"]))]
    for line in lines:
        try:
            json_format.ParseDict(line["answer"], tasks_v2.Task.pb(tasks_v2.Task()), ignore_unknown_fields=False)
        except json_format.ParseError as error:
            faults.append(f"answer: {error}")
    for number, spoil in enumerate(WRONG if lines else []):
        wrong = json.loads(json.dumps(lines[0]["request"]))
        spoil(wrong["task"])
        if not fault(wrong):
            faults.append(f"wrong task {number} was not refused")
    print(f"{len(lines)} tasks, {len(faults)} faults")
    print(*faults, sep="\n")
    return 1 if faults else 0 if len(lines) > 10 else 2


sys.exit(main(sys.argv[1]))
