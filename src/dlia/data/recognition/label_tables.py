"""Images whose class is in a table (CSV): a row for each image."""

from collections import Counter
from collections.abc import Sequence

from dlia.data.layouts.boxes_table import tells_number
from dlia.data.recognition.box_tables import IMAGE, as_compared, images_named
from dlia.data.recognition.parts import with_parts
from dlia.data.recognition.proposal import Proposal, Question, UnknownLayoutError
from dlia.data.recognition.shares import how_many, refuse_few
from dlia.data.recognition.survey import Survey, ending, folders_of, part_in
from dlia.data.recognition.tables import CsvTable, tables_in

_LABEL = ["class", "label", "target", "category", "species", "diagnosis", "classname", "classid"]
_LABEL += ["y", "type", "breed", "id"]
_FEWEST_IMAGES = 3  # of a class, on average
_SIDES = 4  # of a box
_MARKS = {"0", "1", "0.0", "1.0"}


def recognise(survey: Survey) -> Proposal:
    """Propose ``labelled_files`` with tables.

    Raises:
        UnknownLayoutError: No table has a class for images that are there.
    """
    blocks: dict[str, dict[str, object]] = {}
    counts: Counter[str] = Counter()
    trained: Counter[str] = Counter()
    images: list[str] = []
    refused: list[str] = []
    reason = ""
    questions: list[Question] = []
    seen: list[str] = []
    for table in tables_in(survey, refused):
        try:
            block, own, labels, others = _described(survey, table)
        except UnknownLayoutError as error:
            reason = f"{table.path}: {error}"
            continue
        part = part_in(table.path)
        if part in blocks:
            raise UnknownLayoutError("several tables have classes, and their names tell no parts")
        blocks[part] = block
        images += own
        counts.update(labels)
        if part in ("train", ""):
            trained.update(labels)
        seen.append(f"{len(own)} images with classes in {table.path}")
        questions += _of_boxes(table)
        if others:
            text = f"Other columns of {table.path} could be the class: {', '.join(others)}."
            questions.append(Question(text))
    if not blocks:
        raise UnknownLayoutError(reason or (refused[0] if refused else "no table names images"))
    layout = {"name": "labelled_files"} | with_parts(blocks, seen)
    refuse_few({name: trained[name] for name in counts}, "test" in layout)
    classes = sorted(
        counts, key=lambda name: (not name.isdigit(), int(name) if name.isdigit() else 0, name)
    )
    seen.append(how_many(counts))
    return Proposal("classification", layout, classes, images, seen, questions=questions)


def _described(
    survey: Survey, table: CsvTable
) -> tuple[dict[str, object], list[str], list[str], list[str]]:
    """Return the block of a part, its images, the class of each, and other columns of classes."""
    known = {as_compared(name): name for name in reversed(table.header)}
    image = next((known[name] for name in (*IMAGE, "id") if name in known), table.header[0])
    written = table.column(image)
    if len({*written}) < len(written):
        raise UnknownLayoutError(f"column {image} has an image twice")
    images, form = images_named(survey, written)
    marked = _one_hot(table)
    possible = [
        name
        for name in table.header
        if name not in (image, *marked) and _tells_classes(table.column(name))
    ]
    if marked and not possible:
        raise UnknownLayoutError(
            f"of the columns {', '.join(marked)}, one is 1 in each row; add a column, class, with "
            "the name of that column"
        )
    if not possible:
        raise UnknownLayoutError("no column tells classes")
    named = [known[name] for name in _LABEL if known.get(name) in possible]
    label = (named or possible)[0]
    folders = {folders_of(path) for path in images}
    if len(folders) > 1:
        raise UnknownLayoutError("its images lie in several folders")
    template = "/".join([*folders.pop(), f"<name>{ending(images)}"])
    own: dict[str, object] = {
        "file": table.path,
        "image": image,
        "image_form": form,
        "label": label,
    }
    if table.separator != ",":
        own["separator"] = table.separator
    others = [] if named else [name for name in possible if name != label]
    return {"images": template, "table": own}, images, table.column(label), others


def _one_hot(table: CsvTable) -> list[str]:
    """Return columns of 0 and 1, if exactly one of them is 1 in each row."""
    columns = {name: table.column(name) for name in table.header}
    marks = {name: cells for name, cells in columns.items() if {*cells} <= _MARKS}
    ones = {sum(cell[0] == "1" for cell in row) for row in zip(*marks.values(), strict=True)}
    return [*marks] if len(marks) > 1 and ones == {1} else []


def _of_boxes(table: CsvTable) -> list[Question]:
    """Ask whether columns of numbers are boxes, whose names are unknown."""
    named = [name for name in table.header if all(map(tells_number, table.column(name)))]
    if len(named) < _SIDES:
        return []
    text = (
        f"{table.path} has the numbers {', '.join(named)}. If they tell boxes in the images, this "
        "layout is not the right one: name these columns xmin, ymin, xmax, ymax (in pixels), and "
        "run dlia new-study again."
    )
    return [Question(text)]


def _tells_classes(cells: Sequence[str]) -> bool:
    counts = Counter(cells)
    return "" not in counts and 2 <= len(counts) <= len(cells) / _FEWEST_IMAGES
