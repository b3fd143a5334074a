"""Tables of hyperparameters: what all variants of a study share, and what differs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from dlia.reporting.blocks import Cell, Folded, Row, Table, code, group, joined, table, text, words
from dlia.reporting.hyperparameters import NOT_APPLICABLE, OBJECT, SETTING, shown_value
from dlia.reporting.objects import IN_OTHER_TABLES

Lines = list[dict[str, str]]
SUBTITLES = {
    SETTING: "Settings, from the study file and its defaults",
    OBJECT: "Objects, as recorded during training",
}


@dataclass(frozen=True)
class Setting:
    """A hyperparameter of several variants.

    Attributes:
        values: Value, origin, and the keys of the variants that have both.
    """

    kind: str
    name: str
    values: tuple[tuple[str, str, tuple[str, ...]], ...]


def compared(lines: Iterable[dict[str, str]], keys: list[str]) -> list[Setting]:
    """Return the hyperparameters of several variants, those of a block together.

    Args:
        lines: The lines of hyperparameters.csv.
        keys: The keys of the variants.
    """
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = defaultdict(dict)
    for line in lines:
        key = f"{line['exercise']}/{line['variant']}"
        if key in keys and not line["name"].startswith(IN_OTHER_TABLES):
            found[line["kind"], line["name"]][key] = line
    blocks = list(dict.fromkeys(name.split(".")[0] for _, name in found))
    names = sorted(
        found, key=lambda place: (list(SUBTITLES).index(place[0]), _block(place[1], blocks))
    )
    return [Setting(*place, _values(found[place], keys)) for place in names]


def _block(name: str, blocks: list[str]) -> int:
    return blocks.index(name.split(".")[0])


def _values(
    lines: dict[str, dict[str, str]], keys: list[str]
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in keys:
        line = lines.get(key)
        value = shown_value(line) if line else NOT_APPLICABLE
        groups[value, line["origin"] if line else ""].append(key)
    return tuple((value, origin, tuple(own)) for (value, origin), own in groups.items())


def differences_from_base(lines: Lines, key: str) -> list[tuple[str, str]]:
    """Return name and value of the settings in which a variant differs from its base."""
    return [
        (line["name"], shown_value(line))
        for line in lines
        if f"{line['exercise']}/{line['variant']}" == key
        and (line["kind"], line["differs"]) == (SETTING, "yes")
        and line["value"] != NOT_APPLICABLE
    ]


def common_part(study: str, title: str, settings: list[Setting]) -> Folded:
    """Return the table of what all variants of a study share."""
    anchor = f"{study}-common"
    shared = [s for s in settings if len(s.values) == 1]
    rows = [
        row
        for kind, subtitle in SUBTITLES.items()
        for row in [
            group(subtitle, 3),
            *(Row((Cell((code(s.name),)), *_pair(s))) for s in shared if s.kind == kind),
        ]
    ]
    caption = words("Hyperparameters that all variants of this study share.")
    heads = ["Name", "Value", "Origin"]
    made = table(anchor, caption, heads, rows, "settings")
    return Folded(f"{anchor}-part", f"{title}: settings that all variants share", (made,))


def _pair(setting: Setting) -> tuple[Cell, Cell]:
    value, origin, _ = setting.values[0]
    return Cell(text(value)), Cell(text(origin))


def table_of_exercise(id_: str, settings: list[Setting], shared: set[str]) -> Table:
    """Return the table of the hyperparameters of an exercise, without those of its whole study.

    Args:
        id_: The exercise.
        settings: Its hyperparameters.
        shared: The names of those that all variants of the study share.
    """
    rows: list[Row] = []
    for kind, subtitle in SUBTITLES.items():
        own = [s for s in settings if s.kind == kind and s.name not in shared]
        rows += [group(subtitle, 4)] if own else []
        rows += [row for setting in own for row in _rows(setting)]
    caption = words(
        "Hyperparameters of this exercise, apart from those that the whole study shares; "
        "[their meanings][meanings]."
    )
    return table(
        f"{id_}-settings", caption, ["Name", "Value", "Variants", "Origin"], rows, "settings"
    )


def _rows(setting: Setting) -> Iterable[Row]:
    own = [found for found in setting.values if found[0] != NOT_APPLICABLE]
    for value, origin, keys in own:
        names = ", ".join(key.partition("/")[2] for key in keys)
        yield Row(
            (
                Cell((code(setting.name),)),
                Cell(text(value)),
                Cell(text("all" if len(setting.values) == 1 else names)),
                Cell(text(origin)),
            )
        )


def meanings(lines: Iterable[dict[str, str]]) -> Table:
    """Return the meanings of the names of all hyperparameters; equal meanings stand once.

    A name has several meanings if networks of several families have it.
    """
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for line in lines:
        if not line["name"].startswith(IN_OTHER_TABLES):
            found[line["kind"], line["name"]][line["meaning"]] = None
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (kind, name), texts in found.items():
        groups[kind, tuple(texts)].append(name)
    rows = [
        row
        for kind, subtitle in SUBTITLES.items()
        for row in [
            group(subtitle, 2),
            *(
                Row((Cell(joined(map(code, names))), Cell(text(" Or: ".join(texts)))))
                for (of, texts), names in groups.items()
                if of == kind
            ),
        ]
    ]
    caption = words("Meaning of the names of settings and objects.")
    return table("meanings", caption, ["Name", "Meaning"], rows, "settings")
