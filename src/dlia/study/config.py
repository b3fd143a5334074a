"""The user's config.yaml, checked, with every default filled in."""

import contextlib
from pathlib import Path
from typing import Any

from dlia.errors import UserError, listing
from dlia.study.schema import check, fill, load_schema, load_yaml

# From the command line (--config standins=true, --config 'margins={dice: 0.1}') words and numbers
# within a block arrive as text.
_WORDS = {"true": True, "false": False, "null": None, "none": None}


def resolve_config(config: dict[str, Any]) -> dict[str, Any]:
    """Check ``config`` and give it with every default filled in.

    Raises:
        UserError: Lists every unknown key and every value that the schema refuses.
    """
    schema = load_schema("config")
    normalised = _normalised(config, schema)
    problems = check(normalised, schema)
    if problems:
        lines = [f"{problem.path}: {problem.message}" for problem in problems]
        raise UserError(f"config.yaml (or --config):\n{listing(lines)}")
    return fill(normalised, schema)


def load_config(root: Path) -> dict[str, Any]:
    """Read and resolve the config.yaml in the folder ``root``."""
    path = root / "config.yaml"
    if not path.is_file():
        raise UserError(f"config.yaml: not in {root}; run this in the folder of the project")
    return resolve_config(load_yaml(path, shown="config.yaml"))


def _normalised(value: Any, schema: dict[str, Any]) -> Any:
    """Take text for the word or the number that it stands for, where no text is wanted."""
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return {key: _normalised(item, known.get(key, {})) for key, item in value.items()}
    if not isinstance(value, str) or schema.get("type") == "string":
        return value
    if schema.get("type") == "number":
        with contextlib.suppress(ValueError):
            return float(value)
    return _WORDS.get(value.lower(), value)
