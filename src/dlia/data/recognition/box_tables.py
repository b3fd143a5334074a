"""Photographs with their boxes in tables (CSV): a row for each box."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from dlia.data.layouts.boxes_table import COLUMNS, tells_number
from dlia.data.recognition.flow import flow
from dlia.data.recognition.parts import with_parts
from dlia.data.recognition.proposal import Proposal, Question, UnknownLayoutError
from dlia.data.recognition.survey import Survey, ending, folders_of, part_in, suffix_of
from dlia.data.recognition.tables import CsvTable, tables_in
from dlia.study.path_template import SUFFIXES, spelt

# How headers name the columns, without case, blanks and underscores, the most telling first.
IMAGE = ("filename", "path", "image", "imagepath", "imagename", "imageid", "file", "img", "photo")
_CLASS = ("class", "label", "classname", "category", "labelname", "name", "species", "type")
_CORNERS = (
    ("xmin", "ymin", "xmax", "ymax"),
    ("x1", "y1", "x2", "y2"),
    ("x0", "y0", "x1", "y1"),
    ("left", "top", "right", "bottom"),
    ("minx", "miny", "maxx", "maxy"),
    ("xtl", "ytl", "xbr", "ybr"),
)
_SIZED = (
    ("x", "y", "width", "height"),
    ("x", "y", "w", "h"),
    ("left", "top", "width", "height"),
    ("xmin", "ymin", "width", "height"),
)
_BOX = re.compile(r"^b?box(?=.)")  # may begin the names of all four

_FEWEST_BOXES = 3  # of a class, on average
_OF_SIDE = re.compile(r"0?\.\d+|[01](\.0+)?")  # a share of a side


def as_compared(name: str) -> str:
    """Return the name of a column as it is compared."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def recognise(survey: Survey) -> Proposal:
    """Propose ``boxes_table``.

    Raises:
        UnknownLayoutError: No table has boxes of images that are there.
    """
    looked_at = [(table, _columns(survey, table)) for table in tables_in(survey)]
    found = {table.path: (table, columns) for table, columns in looked_at if columns}
    if not found:
        raise UnknownLayoutError("no table has columns with a path, four numbers and a class")
    kinds = {(columns.names, columns.sized, table.separator) for table, columns in found.values()}
    if len({part_in(path) for path in found}) < len(found) or len(kinds) > 1:
        raise UnknownLayoutError(f"the parts of {', '.join(found)} are not clear from their names")
    names, sized, separator = kinds.pop()
    blocks: dict[str, dict[str, str]] = {}
    classes: dict[str, None] = {}
    images: list[str] = []
    boxes, form = 0, ""
    for path, (table, _) in found.items():
        rows = table.rows[1:] if names else table.rows
        header = table.header if names else list(COLUMNS)
        places = [header.index(name) for name in names or COLUMNS]
        sides = [row[place] for row in rows for place in places[1:5] if row[place]]
        if sides and all(_OF_SIDE.fullmatch(cell) for cell in sides):
            raise UnknownLayoutError(f"the boxes in {path} are in shares of the sides, not pixels")
        written = list(dict.fromkeys(row[places[0]] for row in rows))
        own, form = images_named(survey, written)
        blocks[part_in(path)] = {"images": _template(own), "annotations": path}
        images += own
        classes |= dict.fromkeys(row[places[5]] for row in rows if row[places[5]])
        boxes += sum(bool(row[places[5]]) for row in rows)
    layout: dict[str, object] = {"name": "boxes_table"}
    if form not in ("", blocks[next(iter(blocks))]["images"].rpartition("/")[2]):
        layout["image_form"] = form
    if names:
        layout["columns"] = list(names)
    if sized:
        layout["box"] = "corner_and_size"
    if separator != ",":
        layout["separator"] = separator
    seen = [f"{len(images)} photographs with {boxes} boxes in {', '.join(found)}"]
    if names:
        seen.append(f"the column {names[-1]} is taken as the class of a box")
    layout |= with_parts(blocks, seen, keeps_validation=True)
    return Proposal(
        "detection",
        layout,
        sorted(classes),
        sorted({*images}),
        seen,
        questions=[
            *_other_classes([table for table, _ in found.values()], next(iter(found.values()))[1]),
            *_without_row(survey, images, next(iter(found))),
        ],
    )


class _Columns(NamedTuple):
    """The columns of a table of boxes.

    Attributes:
        names: Those of path, box and class; empty if the table has no header, and the usual
            columns in their order.
        sized: Whether boxes have a width and a height.
        others: Further columns that may tell the class; empty if a name tells it.
    """

    names: tuple[str, ...]
    sized: bool
    others: tuple[str, ...] = ()


def _columns(survey: Survey, table: CsvTable) -> _Columns | None:
    """Find the columns of a table of boxes; None if it is another table.

    Raises:
        UnknownLayoutError: It has boxes, but not what they show, or where.
    """
    sides, sized = _sides(table)
    first = table.header
    if not sides:
        numbers = all(re.fullmatch(r"[0-9.]+", cell) for cell in first[1:5])
        return _Columns((), False) if len(first) == len(COLUMNS) and numbers else None
    rest = [name for name in first if name not in sides]
    known = {as_compared(name): name for name in reversed(rest)}
    image = next((known[name] for name in IMAGE if name in known), "") or _of_images(
        survey, table, rest
    )
    if not image:
        raise UnknownLayoutError(f"{table.path} has boxes, and no column that names the images")
    rest.remove(image)
    label = next((known[name] for name in _CLASS if known.get(name) in rest), "")
    possible = [label] if label else [name for name in rest if _may_tell(table.column(name))]
    if not possible:
        raise UnknownLayoutError(
            f"{table.path} has boxes, and no column that tells their class; add one, class"
        )
    return _Columns((image, *sides, possible[0]), sized, tuple(possible[1:]) if not label else ())


def _sides(table: CsvTable) -> tuple[tuple[str, ...], bool]:
    """Return the columns of a box, and whether it has a width and a height; () without them."""
    for known in (
        {as_compared(name): name for name in reversed(table.header)},
        {_BOX.sub("", as_compared(name)): name for name in reversed(table.header)},
    ):
        for sides, sized in [*((c, False) for c in _CORNERS), *((c, True) for c in _SIZED)]:
            if known.keys() >= {*sides}:
                return tuple(known[name] for name in sides), sized
    return (), False


def _of_images(survey: Survey, table: CsvTable, names: Sequence[str]) -> str:
    """Return the column whose cells are all images of the archive; "" without one."""
    for name in names:
        try:
            images_named(survey, list(dict.fromkeys(table.column(name))))
        except UnknownLayoutError:
            continue
        return name
    return ""


def _may_tell(cells: Sequence[str]) -> bool:
    """Return whether cells may be classes: few different words."""
    words = {cell for cell in cells if cell}
    return (
        0 < len(words) <= max(len(cells) / _FEWEST_BOXES, 1)
        and sum(not tells_number(word) for word in words) > len(words) / 2
    )


def _other_classes(tables: Sequence[CsvTable], columns: _Columns) -> list[Question]:
    """Ask whether another column tells the class."""
    found = []
    for name in columns.others:
        cells = [cell for table in tables for cell in table.column(name)]
        text = (
            f"The class of a box is taken from the column {columns.names[-1]}. If {name} tells it, "
            "replace columns and classes by these lines:"
        )
        lines = (
            f"columns: {flow([*columns.names[:-1], name])}",
            f"classes: {flow(sorted({*cells} - {''}))}  # in data, not here",
        )
        found.append(Question(text, lines))
    return found


def images_named(survey: Survey, written: Sequence[str]) -> tuple[list[str], str]:
    """Find the images that a table names, in any folder and with or without suffix.

    Returns:
        Their paths, and how the table writes an image, with <name>.

    Raises:
        UnknownLayoutError: One of them is not there, or there are several of one name.
    """
    suffixed = all(spelt(suffix_of(name)) in SUFFIXES for name in written)
    by_name: dict[str, list[str]] = {}
    for path in survey.images:
        as_named = spelt(path if suffixed else path.removesuffix(suffix_of(path)))
        by_name.setdefault(as_named.rpartition("/")[2], []).append(path)
    found = []
    for name in written:
        end = spelt(name.replace("\\", "/"))
        paths = by_name.get(end.rpartition("/")[2], [])
        if len(paths) > 1:
            ends = {suffix_of(path) for path in paths} if not suffixed else {""}
            own = {spelt(f"/{end}{each}") for each in ends}
            paths = [path for path in paths if spelt(f"/{path}").endswith((*own,))]
        if len(paths) != 1:
            count = "several" if paths else "no"
            raise UnknownLayoutError(f"a table names {name}, and there are {count} such images")
        found += paths
    folders = {name.rpartition("/")[0] for name in written}
    if len(folders) > 1:
        raise UnknownLayoutError("a table names images in several folders")
    folder = folders.pop()
    return found, f"{folder}{'/' if folder else ''}<name>{ending(written) if suffixed else ''}"


def _template(paths: Sequence[str]) -> str:
    folders = {folders_of(path) for path in paths}
    if len(folders) > 1:
        raise UnknownLayoutError("the images of a table lie in several folders")
    return "/".join([*folders.pop(), f"<name>{ending(paths)}"])


def _without_row(survey: Survey, images: list[str], table: str) -> list[Question]:
    others = sorted({*survey.images} - {*images})
    if not others:
        return []
    text = (
        f"{len(others)} images, such as {others[0]}, have no row in {table}. If they show no "
        "object, add a row with their path and empty cells for each; else move them away."
    )
    return [Question(text)]
