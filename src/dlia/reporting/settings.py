"""Tables of hyperparameters: what all variants of a study share, and what differs."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from dlia.reporting.blocks import (
    Cell,
    Folded,
    Prose,
    Row,
    Table,
    code,
    group,
    joined,
    table,
    text,
    words,
)
from dlia.reporting.hyperparameters import (
    FRAMEWORK,
    NOT_APPLICABLE,
    OBJECT,
    OURS,
    SETTING,
    shown_value,
)
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


def stated_differences(lines: Lines, key: str) -> list[tuple[str, str]]:
    """Return the same without what only another block's defaults bring along."""
    own = [line for line in lines if f"{line['exercise']}/{line['variant']}" == key]
    settings = [line for line in own if (line["kind"], line["differs"]) == (SETTING, "yes")]
    blocks = {line["name"].partition(".")[0] for line in settings if line["name"].endswith(".name")}
    brought = {
        line["name"]
        for line in settings
        if line["name"].partition(".")[0] in blocks and line["origin"] in (FRAMEWORK, OURS)
    }
    return [(name, value) for name, value in differences_from_base(own, key) if name not in brought]


def common_part(study: str, title: str, settings: list[Setting]) -> Folded:
    """Return the table of what all variants of a study share."""
    anchor = f"{study}-common"
    caption = words(
        "Hyperparameters that all variants of this study share, by the origin of their values."
    )
    made = _by_origin(anchor, caption, [s for s in settings if len(s.values) == 1])
    return Folded(f"{anchor}-part", f"{title}: settings that all variants share", (made,))


def _by_origin(anchor: str, caption: Prose, settings: Iterable[Setting]) -> Table:
    """Return a table of settings that have one value: a row for each origin."""
    groups: dict[tuple[str, str], list[Prose]] = defaultdict(list)
    for setting in settings:
        told = words("{name} {value}", name=code(setting.name), value=_value(setting))
        groups[setting.kind, _origin(setting)].append(told)
    rows: list[Row] = []
    for kind, subtitle in SUBTITLES.items():
        own = [(origin, told) for (of, origin), told in groups.items() if of == kind]
        rows += [group(subtitle, 2)] if own else []
        rows += [Row((Cell(text(origin)), Cell(joined(told)))) for origin, told in own]
    return table(anchor, caption, ["Origin", "Hyperparameters"], rows, "origins")


def _value(setting: Setting) -> str:
    return next(value for value, *_ in setting.values if value != NOT_APPLICABLE)


def _origin(setting: Setting) -> str:
    """Return the origins of the only value of a setting."""
    found = [(origin, keys) for value, origin, keys in setting.values if value != NOT_APPLICABLE]
    if len({origin for origin, _ in found}) == 1:
        return found[0][0]
    return "; ".join(f"{origin}: {_names(keys)}" for origin, keys in found)


def _names(keys: Iterable[str]) -> str:
    return ", ".join(key.partition("/")[2] for key in keys)


def tables_of_exercise(id_: str, settings: list[Setting], shared: set[str]) -> tuple[Table, ...]:
    """Return what differs between the variants of an exercise, and what all of them have.

    Args:
        id_: The exercise.
        settings: Its hyperparameters.
        shared: The names of those that all variants of the study share.
    """
    own = [s for s in settings if s.name not in shared]
    differing = [s for s in own if len({value for value, *_ in s.values}) > 1]
    rows: list[Row] = []
    for kind, subtitle in SUBTITLES.items():
        of_kind = [s for s in differing if s.kind == kind]
        rows += [group(subtitle, 4)] if of_kind else []
        rows += [row for setting in of_kind for row in _rows(setting)]
    where = "[Names and origins][hyperparameters]; all rows: `results/hyperparameters.csv`"
    made = []
    if rows:
        caption = words(f"What differs between the variants of this exercise. {where}")
        heads = ["Name", "Value", "Variants", "Origin"]
        made.append(table(f"{id_}-settings", caption, heads, rows, "settings"))
    if same := [s for s in own if s not in differing]:
        caption = words(
            "What all variants of this exercise have, apart from what the whole study shares. "
            f"{where}"
        )
        made.append(_by_origin(f"{id_}-same" if rows else f"{id_}-settings", caption, same))
    return tuple(made)


def _rows(setting: Setting) -> Iterable[Row]:
    for value, origin, keys in setting.values:
        if value != NOT_APPLICABLE:
            cells = (text(value), text(_names(keys)), text(origin))
            yield Row((Cell((code(setting.name),)), *map(Cell, cells)))


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
