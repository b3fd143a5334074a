"""The user's config.yaml, checked, with every default filled in."""

from pathlib import Path
from typing import Any

from dlia.errors import UserError, listing
from dlia.schema import check, fill, load_schema, load_yaml

# On the command line (--config standins=true) these words arrive as text.
_WORDS = {"true": True, "false": False, "null": None, "none": None}


def resolve_config(config: dict[str, Any]) -> dict[str, Any]:
    """Check ``config`` and give it with every default filled in.

    Raises:
        UserError: Lists every unknown key and every value that the schema refuses.
    """
    schema = load_schema("config")
    normalised = {
        key: value if _is_text(schema, key) else _normalised(value) for key, value in config.items()
    }
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


def _is_text(schema: dict[str, Any], key: str) -> bool:
    return schema["properties"].get(key, {}).get("type") == "string"


def _normalised(value: Any) -> Any:
    return _WORDS.get(value.lower(), value) if isinstance(value, str) else value
