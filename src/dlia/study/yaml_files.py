"""Strict reading of YAML: a file is a mapping with text keys, and no key occurs twice."""

from pathlib import Path

import yaml

from dlia.errors import UserError

try:  # libyaml's parser, where PyYAML was built with it, takes a tenth of the time
    from yaml import CSafeLoader as _SafeLoader
except ImportError:
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

# The checkout: the studies, schemas and templates live beside the package.
ROOT = Path(__file__).parents[3]


def own_or_project(name: str, folder: Path) -> Path:
    """Return the file or folder ``name`` in ``folder``, or the project's if only that exists."""
    own, of_project = folder / name, ROOT / name
    return of_project if of_project.exists() and not own.exists() else own


class _UniqueKeyLoader(_SafeLoader):
    """YAML's safe loader, which also rejects duplicate keys."""


def _mapping_without_twins(
    loader: _UniqueKeyLoader, node: yaml.MappingNode
) -> dict[object, object]:
    seen = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise UserError(f"line {line}: the key {key!r} is not text; put it in quotes")
        if key in seen:
            raise UserError(
                f"line {line}: the key {key!r} occurs twice in one block; rename or remove one"
            )
        seen.add(key)
    return _SafeLoader.construct_mapping(loader, node, deep=True)


_UniqueKeyLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_twins
)


def load_yaml(path: Path, shown: str | None = None) -> dict[str, object]:
    """Read a YAML mapping.

    Args:
        path: The file.
        shown: The name of the file in error messages; its path by default.

    Raises:
        UserError: The file is missing, is not valid YAML, contains a key twice, or is not a
            mapping.
    """
    shown = shown or str(path)
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeyLoader)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        raise UserError(f"{shown}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{shown}: cannot be read as text: {error}") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2021-13-45
        raise UserError(f"{shown}: not valid YAML: {' '.join(str(error).split())}") from None
    except UserError as error:
        raise UserError(f"{shown}: {error}") from None
    if not isinstance(document, dict):
        raise UserError(
            f"{shown}: is not a mapping of keys to values; write one key: value pair per line"
        )
    return document
