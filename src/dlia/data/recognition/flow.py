"""Values as YAML in one line."""

import json
import re
from collections.abc import Mapping

import yaml


def flow(value: object) -> str:
    """Write a value in one line, so that it is read as what it is."""
    if isinstance(value, str):
        plain = yaml.safe_dump(value, allow_unicode=True, width=10**9).removesuffix("...\n").strip()
        safe = re.fullmatch(r"[A-Za-z][\w ./-]*", plain) and plain == value
        return plain if safe and yaml.safe_load(plain) == value else _quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value)


def _quoted(text: str) -> str:
    """Write a text in double quotes, with what cannot be printed as YAML escapes it."""
    kept = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in kept) + '"'
