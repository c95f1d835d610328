"""The schema of a Terraform provider, from the Python bindings that PyPI has of it: read, not run."""

import ast
import functools
import re
import zipfile
from dataclasses import dataclass, field


@dataclass
class Block:
    """What a block may and must have. Readable is what expressions may take from a resource."""

    attributes: set = field(default_factory=set)
    blocks: dict = field(default_factory=dict)
    required: set = field(default_factory=set)
    repeatable: set = field(default_factory=set)
    readable: set = field(default_factory=set)


class Provider:
    """One wheel of bindings. Its modules are large, so each is read out of it only when it is needed."""

    def __init__(self, wheel):
        self.wheel = zipfile.ZipFile(wheel)
        names = self.wheel.namelist()
        self.package = names[0].split("/")[0]
        metadata = self.wheel.read(next(name for name in names if name.endswith("/METADATA"))).decode()
        self.version = re.search(r"provider version ([\d.]+)", metadata)[1]

    @functools.cache
    def block(self, kind, type_name):
        """The schema of a resource, of a data source, or of the provider's own block; None if it has no such type."""
        modules = {
            "provider": ("provider",),
            "data": (f"data_{type_name}",),
            # The beta provider's modules have names in full.
            "resource": (type_name.removeprefix("google_"), type_name),
        }[kind]
        for module in modules:
            try:
                source = self.wheel.read(f"{self.package}/{module}/__init__.py")
            except KeyError:
                continue
            classes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
            main = next(iter(classes))
            block = _block(classes, main)
            block.readable = {
                node.name for node in classes[main].body if isinstance(node, ast.FunctionDef) and not node.name.endswith("_input")
            }
            return block
        return None


# Arguments of each class that are Terraform's, not the provider's.
META_ARGUMENTS = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}


def _block(classes, name):
    init = next(node for node in classes[name].body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    links = _links(ast.get_docstring(init) or "")
    block = Block()
    for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults):
        if argument.arg in META_ARGUMENTS - links.keys():
            continue
        attribute = links.get(argument.arg, argument.arg)
        if default is None:
            block.required.add(attribute)
        # A class's name is a string where the class comes later.
        names = {getattr(part, "id", getattr(part, "attr", getattr(part, "value", None))) for part in ast.walk(argument.annotation)}
        nested = next((each for each in names if each in classes), None)
        if nested:
            block.blocks[attribute] = _block(classes, nested)
            if "Sequence" in names:
                block.repeatable.add(attribute)
        else:
            block.attributes.add(attribute)
    return block


def _links(docstring):
    """Terraform's names by Python's, from the links in the descriptions of arguments: layer7_config may be layer_7_config."""
    _, *parts = re.split(r"^:param (\w+):", docstring, flags=re.MULTILINE)
    found = zip(parts[::2], (re.findall(r"#(\w+) \w+#\1\}", text) for text in parts[1::2]))
    return {name: links[-1] for name, links in found if links}
