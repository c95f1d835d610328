"""A Terraform configuration's resources, data sources and providers against the schemas of their providers."""

import dataclasses
import re

import hcl2
from provider_schema import Block

CONDITION = Block({"condition", "error_message"}, required={"condition", "error_message"})
LIFECYCLE = Block(
    {"create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"},
    {"precondition": CONDITION, "postcondition": CONDITION},
    repeatable={"precondition", "postcondition"},
)
DYNAMIC = Block({"for_each", "iterator", "labels"}, required={"for_each"})
# What Terraform itself allows in every resource and data source.
META = Block({"count", "for_each", "depends_on", "provider"}, {"lifecycle": LIFECYCLE})
BUILT_IN = {("resource", "terraform_data"): Block({"input", "triggers_replace"}, readable={"id", "input", "output"})}

OPTIONS = hcl2.SerializationOptions(with_comments=False, strip_string_quotes=True)
# data.TYPE.NAME[INDEX].ATTRIBUTE
REFERENCE = re.compile(r"(?<![\w.\"-])(data\.)?((?:google|terraform)_\w+)\.(\w+)(?:\[[^\[\]]*\])?(?:\.(\w+))?")


def problems(texts, providers):
    """What is wrong with the files of a module. Providers are by their local names: google, google-beta."""
    files = [hcl2.loads(text, serialization_options=OPTIONS) for text in texts]
    schemas = {}
    for file in files:
        for kind, labels, body in _declarations(file):
            address = ".".join(([] if kind == "resource" else [kind]) + labels)
            schema = _schema(kind, labels[0], body, providers)
            schemas[address] = schema
            if schema is None:
                yield f"{address}: the provider has no such type"
            else:
                yield from _body_problems(body, schema, address)
    for file in files:
        # `moved` and `removed` name what is no more.
        for expression in _strings({name: value for name, value in file.items() if name not in ("moved", "removed")}):
            yield from _reference_problems(expression, schemas)
        yield from _version_problems(file, providers)


def _declarations(file):
    for kind in ("resource", "data"):
        for block in file.get(kind, []):
            for type_name, named in block.items():
                for name, body in named.items():
                    yield kind, [type_name, name], body
    for block in file.get("provider", []):
        for name, body in block.items():
            yield "provider", [name], body


def _schema(kind, type_name, body, providers):
    """The provider's schema with what Terraform itself allows; None for an unknown type."""
    if kind == "provider":
        return providers[type_name].block(kind, type_name) if type_name in providers else None
    local_name = body.get("provider", type_name.split("_")[0]).strip("${}").split(".")[0]
    own = BUILT_IN.get((kind, type_name)) or (local_name in providers and providers[local_name].block(kind, type_name))
    return dataclasses.replace(own, attributes=own.attributes | META.attributes, blocks=own.blocks | META.blocks) if own else None


def _body_problems(body, schema, where):
    body = {name: value for name, value in body.items() if name != "__is_block__"}
    dynamic = body.pop("dynamic", [])
    blocks = {name: value for name, value in body.items() if _is_block(value)}
    attributes = body.keys() - blocks.keys()
    for name, bodies in blocks.items():
        if len(bodies) > 1 and name not in schema.repeatable:
            yield f"{where}: only one block {name} is allowed"
    for each in dynamic:
        for name, block in each.items():
            yield from _body_problems({key: value for key, value in block.items() if key != "content"}, DYNAMIC, f"{where}.{name}")
            blocks[name] = blocks.get(name, []) + block["content"]

    for name in sorted(schema.required - attributes - blocks.keys()):
        yield f"{where}: {name} is missing"
    for name in sorted(attributes - schema.attributes):
        yield f"{where}: {name} is a block, not an attribute" if name in schema.blocks else f"{where}: unknown attribute {name}"
    for name, bodies in blocks.items():
        if name in schema.blocks:
            for each in bodies:
                yield from _body_problems(each, schema.blocks[name], f"{where}.{name}")
        else:
            yield f"{where}: {name} is an attribute, not a block" if name in schema.attributes else f"{where}: unknown block {name}"


def _is_block(value):
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "__is_block__" in value[0]


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


def _reference_problems(expression, schemas):
    for data, type_name, name, attribute in REFERENCE.findall(expression):
        address = f"{data}{type_name}.{name}"
        if address not in schemas:
            yield f"{address} is used, but not declared"
        elif attribute and schemas[address] and attribute not in schemas[address].readable:
            yield f"{address} has no {attribute}"


def _version_problems(file, providers):
    """The oldest version that is admitted has to be the one whose schema this is: an older one may lack something."""
    for terraform in file.get("terraform", []):
        for required in terraform.get("required_providers", []):
            for name in sorted(required.keys() & providers.keys()):
                checked, constraint = providers[name].version, required[name]["version"]
                if not re.match(rf">= {re.escape(checked.removesuffix('.0'))}(\.0)?(,|$)", constraint):
                    yield f"provider {name}: {constraint} does not begin at {checked}, whose schema is checked"
