"""Strict reading of YAML: a file is a mapping with text keys, and no key occurs twice.

Only true, false, null and plain decimal numbers are no texts. YAML 1.1 would read 02456 as 1326 (an
octal number), 12:30 as 750, ``no`` as false, and dates as objects.
"""

import codecs
import re
from pathlib import Path

import yaml

from dlia.errors import UserError

try:  # libyaml's parser, where PyYAML was built with it, takes a tenth of the time
    from yaml import CSafeLoader as _SafeLoader
except ImportError:
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

# The checkout: the studies, schemas and templates live beside the package.
ROOT = Path(__file__).parents[3]


_VALUES = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "float": (
        r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
    "int": (r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    "merge": (r"<<", "<"),
    "null": (r"~|null|Null|NULL|", "~nN\0"),
}
# Characters that look like a blank, where only a blank has its meaning.
_NO_BLANK = r"[\u00a0\u2000-\u200b\u202f\u3000\ufeff]"
_MISPLACED = re.compile(rf"^[ -]*{_NO_BLANK}|^[ -]*\w+:{_NO_BLANK}", re.MULTILINE)


def own_or_project(name: str, folder: Path) -> Path:
    """Return the file or folder ``name`` in ``folder``, or the project's if only that exists."""
    own, of_project = folder / name, ROOT / name
    return of_project if of_project.exists() and not own.exists() else own


class _UniqueKeyLoader(_SafeLoader):
    """YAML's safe loader, which also rejects duplicate keys and guesses fewer types."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


for _tag, (_pattern, _first) in _VALUES.items():
    _UniqueKeyLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), ["", *_first]
    )


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
        text = _decoded(path.read_bytes())
        if found := _MISPLACED.search(text):
            line, character = text.count("\n", 0, found.end()) + 1, ord(found[0][-1])
            raise UserError(
                f"line {line}: contains the character U+{character:04X}, which only looks like a "
                "blank; replace it by a blank"
            )
        document = yaml.load(text, _UniqueKeyLoader)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        raise UserError(f"{shown}: no such file") from None
    except OSError as error:
        raise UserError(f"{shown}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise UserError(f"{shown}: not valid YAML: {said}{_hint(error, text)}") from None
    except UserError as error:
        raise UserError(f"{shown}: {error}") from None
    if not isinstance(document, dict):
        raise UserError(
            f"{shown}: is not a mapping of keys to values; write one key: value pair per line"
        )
    return document


def _decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, with line feeds as line ends."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:4]
    if wide:
        raise UserError("cannot be read as text: it is UTF-16 or UTF-32; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"cannot be read as text: line {line} is not UTF-8; save the file as UTF-8"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _hint(error: yaml.YAMLError, text: str) -> str:
    """Name what is easily overlooked in the lines of a YAML error."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return ""
    marks = [mark.line for mark in (error.context_mark, error.problem_mark) if mark]
    lines = "\n".join(text.split("\n")[min(marks, default=0) : max(marks, default=0) + 1])
    if re.search(r"^ *\t", lines, re.MULTILINE):
        return "; indent with blanks, not with tabs"
    return "; write straight quotes, not “ and ”" if re.search("[“”„]", lines) else ""
