"""Layouts of archives whose paths a study states: the ``layout`` block of its data."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, Tag

from dlia.study.block import UNIQUE, Block, OpenShare, Text, by_type
from dlia.study.messages import Problem, suggestion
from dlia.study.path_template import ANY_SUFFIX, SUFFIXES, Template

CLASS = "class"  # the placeholder for a class
ENDS = "must end in .png, .jpg, .bmp, .ppm, .gif, .tif, or in .* for any"
Resize = Annotated[
    Literal["nearest", "box", "bilinear", "bicubic"] | None,
    Field(
        description="How images of other sizes than `size` are resized, by the filters of Pillow; "
        "masks always take the nearest pixel. Without it, they are refused.",
    ),
]
Unused = Annotated[
    list[Text],
    UNIQUE,
    Field(
        description="Files that are not needed, as patterns such as *.csv. Other files that the "
        "paths do not name are errors.",
    ),
]
Separator = Annotated[
    str,
    Field(min_length=1, max_length=1, description="The character between two columns."),
]
TestShare = Annotated[
    OpenShare | None,
    Field(
        description="The share of the images that becomes the test part, if the archive has none. "
        "Images of one group stay together, and every build draws the same ones.",
    ),
]


def test_part_problem(*stated: object) -> Iterator[Problem]:
    """Yield a problem unless exactly one of the keys that tell the test part is ``stated``."""
    if sum(map(bool, stated)) != 1:
        yield Problem("test", "state the test part of the archive, or test_share if it has none")


def separator_problem(place: str, separator: str) -> Iterator[Problem]:
    """Yield a problem if no table can have this separator."""
    if separator in '"\r\n':
        yield Problem(place, "cannot be a quotation mark or the end of a line")


class LabelTable(Block):
    """A table (CSV) that has the class of every image of a part."""

    file: Text = Field(
        description="The table's path, below the top folder of the archive; each part has its own.",
    )
    separator: Separator = ","
    image: Text = Field(description="The name of the column with the images.")
    image_form: Text = Field(
        "<name>",
        description="How that column writes an image, with placeholders of the images' path: "
        "<name>.ppm if it has file names that end in .ppm, whatever the files are.",
    )
    label: Text = Field(description="The name of the column with the classes.")


class LabelledPart(Block):
    """The images of one part."""

    images: Text = Field(
        description="The path of an image below the archive's top folder, with placeholders such "
        "as <name>, each for a part of a file's or folder's name. <class> is its class. It may end "
        "in .* if files end differently.",
    )
    table: LabelTable | None = Field(
        None,
        description="The table with the classes, if they are not in the paths.",
    )


class LabelledFiles(Block):
    """Images whose class is in their path, or in a table beside them."""

    name: Literal["labelled_files"] = Field(description="The layout.")
    train: LabelledPart = Field(description="The images of the training part.")
    test: LabelledPart | None = Field(
        None,
        description="The images of the test part, if the archive has one; else state test_share.",
    )
    test_share: TestShare = None
    classes_as: Literal["names", "numbers"] = Field(
        "names",
        description="How folders and tables write a class: by its name, or by its number in "
        "`classes`, from 0; leading zeros do not matter.",
    )
    group: str = Field(
        "",
        description="The track, patient or sequence of an image, from the placeholders of its "
        "path, such as <class>/<track>; images of one group are never divided between training "
        "and validation part. Empty if each image is a group of its own.",
    )
    unused: Unused = Field([])
    resize: Resize = None

    def part(self, name: str) -> LabelledPart:
        """Return the training or the test part; both are one if the test part is a share."""
        return self.test if name == "test" and self.test else self.train

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts whose paths are stated."""
        return ("train", "test") if self.test else ("train",)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the placeholders, with paths below the block."""
        yield from test_part_problem(self.test, self.test_share)
        for name in self.parts:
            part = self.part(name)
            known = Template(part.images).names
            if not part.images.lower().endswith((*SUFFIXES, ANY_SUFFIX)):
                yield Problem(f"{name}.images", ENDS)
            yield from _without_placeholders(f"{name}.images", known)
            if (CLASS in known) == bool(part.table):
                text = "needs <class>, or a table with the classes, and not both"
                yield Problem(f"{name}.images", text)
            if part.table:
                yield from _table_problems(f"{name}.table", part.table, known)
        yield from _alike({f"{name}.images": self.part(name).images for name in self.parts})
        tables = {name: table for name in self.parts if (table := self.part(name).table)}
        yield from _alike({f"{name}.table.file": table.file for name, table in tables.items()})
        yield from _unknown("group", self.group, Template(self.train.images).names)


class MaskedPart(Block):
    """The images of one part, and their masks."""

    images: Text = Field(
        description="The path of an image below the archive's top folder, with placeholders such "
        "as <name>, each for a part of a file's or folder's name. It may end in .* if files end "
        "differently.",
    )
    masks: Text = Field(
        description="The path of its mask, with the same placeholders.",
    )


class MaskValues(Block):
    """The grey values of the classes in a mask."""

    values: Annotated[list[Annotated[int, Field(ge=0, le=255)]], Field(min_length=2), UNIQUE] = (
        Field(description="The grey values, in the order of `classes`.")
    )


MaskReading = Annotated[
    Annotated[Literal["nonzero", "classes"], Tag("word")] | Annotated[MaskValues, Tag("block")],
    by_type({str: "word", dict: "block", MaskValues: "block"}, "text_or_block"),
]


class MaskedFiles(Block):
    """Images with a mask each, in files of their own."""

    name: Literal["masked_files"] = Field(description="The layout.")
    train: MaskedPart = Field(description="The images of the training part.")
    test: MaskedPart | None = Field(
        None,
        description="The images of the test part, if they lie elsewhere; else state "
        "test_numbers or test_share.",
    )
    test_share: TestShare = None
    test_numbers: Literal["even", "odd"] | None = Field(
        None,
        description="Whether the images with even or with odd numbers in their names are the test "
        "part; the last number of a name counts.",
    )
    group: str = Field(
        "",
        description="The patient, volume or sequence of an image, from the placeholders of its "
        "path, such as <patient>; images of one group are never divided between training and "
        "validation part. Empty if each image is a group of its own.",
    )
    mask: MaskReading | None = Field(
        None,
        description="How masks show the classes: nonzero (all values but 0 are the second class, "
        "as where each object has its number), classes (the numbers of the classes, from 0, and "
        "255 where a pixel is to be ignored), or their grey values (values). Without it, masks of "
        "two classes have 0 and 255, and those of more the numbers.",
    )
    unused: Unused = Field([])
    resize: Resize = None

    def part(self, name: str) -> MaskedPart:
        """Return the training or the test part."""
        return self.test if name == "test" and self.test else self.train

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the placeholders, with paths below the block."""
        yield from test_part_problem(self.test, self.test_numbers, self.test_share)
        paths: dict[str, str] = {}
        for name in ("train", "test") if self.test else ("train",):
            part = self.part(name)
            known = Template(part.images).names
            if not part.images.lower().endswith((*SUFFIXES, ANY_SUFFIX)):
                yield Problem(f"{name}.images", ENDS)
            masks = part.masks.lower()
            if not masks.endswith((*SUFFIXES, ANY_SUFFIX)) or ".jp" in masks[-5:]:
                yield Problem(f"{name}.masks", "must end in .png, .bmp, .pgm, .gif, .tif, or .*")
            yield from _without_placeholders(f"{name}.images", known)
            if sorted(known) != sorted(Template(part.masks).names):
                text = "needs the placeholders of the images, each of them once"
                yield Problem(f"{name}.masks", text)
            paths |= {f"{name}.images": part.images, f"{name}.masks": part.masks}
        yield from _alike(paths)
        yield from _unknown("group", self.group, Template(self.train.images).names)


def _without_placeholders(place: str, known: tuple[str, ...]) -> Iterator[Problem]:
    if not known or len({*known}) < len(known):
        yield Problem(place, "needs placeholders such as <name>, each of them once")


def _table_problems(place: str, table: LabelTable, known: tuple[str, ...]) -> Iterator[Problem]:
    if names := Template(table.file).names:
        yield Problem(f"{place}.file", f"<{names[0]}> does not belong here: a part has one table")
    yield from separator_problem(f"{place}.separator", table.separator)
    yield from _unknown(f"{place}.image_form", table.image_form, known)
    names = Template(table.image_form).names
    if len({*names}) < len(names):
        yield Problem(f"{place}.image_form", "has a placeholder twice; write each of them once")


def _alike(paths: dict[str, str]) -> Iterator[Problem]:
    """Name the paths that are those of another kind of file, too."""
    first: dict[str, str] = {}
    for place, text in paths.items():
        other = first.setdefault(Template(text).form, place)
        if other != place:
            yield Problem(place, f"is the path of {other}, too; each needs its own")


def _unknown(place: str, text: str, known: tuple[str, ...]) -> Iterator[Problem]:
    names = Template(text).names
    if text and not names:
        yield Problem(place, f"has no placeholder; known here: {', '.join(known)}")
    for name in names:
        if name not in known:
            text = f"<{name}> is no placeholder of the images' path"
            yield Problem(place, text + suggestion(name, list(known)))
