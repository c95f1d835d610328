"""Checks announcements against their schema.  usage: check.py SCHEMA CORPUS

Each line of the corpus is an announcement. Exits with 1 if one breaks the schema, or if the schema takes what is none,
and with 2 if the corpus is too poor to show anything.
"""

import json
import sys

from jsonschema import Draft202012Validator

ANNOTATIONS = {"$schema", "$defs", "title", "description"}
# What no announcement may be: one that has no time of that kind, and so on.
WRONG = [
    lambda it: it.update(time="yesterday"),
    lambda it: it.update(part=0),
    lambda it: it.update(part="1"),
    lambda it: it.pop("part"),
    lambda it: it.update(more=1),
    lambda it: it.update(etag_before=None),
    lambda it: it.update(resource="projects/x"),
    lambda it: it["removed"][0].update(title=1),
    lambda it: it["removed"][0].update(start_time="yesterday"),
    lambda it: it["removed"][0].update(whole_binding=1),
    lambda it: it["removed"][0].update(role=""),
]
# What must have been published somewhere.
KINDS = {
    "with an etag": lambda it: it["etag_after"] is not None,
    "without an etag": lambda it: it["etag_after"] is None,
    "without a description": lambda it: any(each["description"] is None for each in it["removed"]),
    "of a folder": lambda it: "project_id" not in it and it["resource"].startswith("folders/"),
    "without a start": lambda it: any(each["start_time"] is None for each in it["removed"]),
    "without a title": lambda it: any(each["title"] is None for each in it["removed"]),
    "in parts": lambda it: it["parts"] > 1,
}


def keywords(schema):
    """The keywords of a schema and of the schemas inside it."""
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", [])]
    if "items" in schema:
        inner.append(schema["items"])
    return set(schema).union(*map(keywords, inner))


def main(schema_path, corpus_path):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    with open(corpus_path, encoding="utf-8") as file:
        lines = sorted(set(file))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    faults = [f"nobody checks {each!r}" for each in keywords(schema) - ANNOTATIONS - set(validator.VALIDATORS)]
    for line in lines:
        for error in validator.iter_errors(json.loads(line)):
            faults.append(f"{error.json_path}: {error.message}\n  {line.rstrip()}")
    for number, spoil in enumerate(WRONG if lines else []):
        wrong = json.loads(lines[0])
        spoil(wrong)
        if len(list(validator.iter_errors(wrong))) != 1:
            faults.append(f"wrong announcement {number} was not refused for its one fault")
    print(f"{len(lines)} announcements, {len(faults)} faults")
    if faults:
        print(*faults, sep="\n")
        return 1
    missing = [name for name, fits in KINDS.items() if not any(fits(json.loads(line)) for line in lines)]
    if missing:
        print("none", ", none ".join(missing))
        return 2
    return 0


sys.exit(main(*sys.argv[1:]))
