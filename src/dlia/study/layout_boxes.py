"""Layouts of archives of photographs with boxes: the ``layout`` block of the data."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import UNIQUE, Block, Text
from dlia.study.layout_blocks import (
    Separator,
    TestShare,
    Unused,
    separator_problem,
    test_part_problem,
)
from dlia.study.messages import Problem, suggestion
from dlia.study.path_template import ANY_SUFFIX, Template

PICTURES = (".jpg", ".jpeg", ".png")
_PARTS = ("train", "validation", "test")


class BoxedPart(Block):
    """The photographs of one part, and the file with their boxes."""

    images: Text = Field(
        description="The path of a photograph below the archive's top folder, with placeholders "
        "such as <name>, each for a part of a file's or folder's name. Parts may share a folder. "
        "It may end in .* if files end differently.",
    )
    annotations: Text = Field(
        description="The file with the boxes of this part, below the archive's top folder.",
    )


class BoxedFiles(Block):
    """What all layouts of photographs with boxes have."""

    group: str = Field(
        "",
        description="The sequence or camera of a photograph, from the placeholders of its path, "
        "such as <sequence>; photographs of one group are never divided between training and "
        "validation part. Empty if each is a group of its own.",
    )
    image_form: str = Field(
        "",
        description="How the annotations write a photograph, with placeholders of its path; by "
        "default its file name, such as <name>.jpg.",
    )
    unused: Unused = Field([])

    def parts(self) -> dict[str, BoxedPart]:
        """Give the parts whose paths are stated, by name."""
        raise NotImplementedError

    def written(self, part: str) -> Template:
        """Give how the annotations write a photograph of a part."""
        return Template(self.image_form or self.parts()[part].images.rpartition("/")[2])

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the placeholders, with paths below the block."""
        first: dict[str, str] = {}
        for name, part in self.parts().items():
            known = Template(part.images).names
            if not part.images.lower().endswith((*PICTURES, ANY_SUFFIX)):
                text = f"must end in {', '.join(PICTURES)} (these are read), or in .* for any"
                yield Problem(f"{name}.images", text)
            if not known or len({*known}) < len(known):
                text = "needs placeholders such as <name>, each of them once"
                yield Problem(f"{name}.images", text)
            other = first.setdefault(Template(part.annotations).form, name)
            if other != name:
                text = f"is the path of {other}.annotations, too; each needs its own"
                yield Problem(f"{name}.annotations", text)
            for key, text in (("group", self.group), ("image_form", self.written(name).text)):
                names = Template(text).names
                if text and not names:
                    yield Problem(key, f"has no placeholder; known here: {', '.join(known)}")
                for unknown in (each for each in names if each not in known):
                    said = f"<{unknown}> is no placeholder of the images' path"
                    yield Problem(key, said + suggestion(unknown, list(known)))


class _OfParts(BoxedFiles):
    """A layout in which each part has a file with all its boxes."""

    train: BoxedPart = Field(description="The photographs of the training part.")
    validation: BoxedPart | None = Field(
        None,
        description="Those of the validation part, if the archive has one; without it, a share of "
        "the training part is held out.",
    )
    test: BoxedPart | None = Field(
        None,
        description="The photographs of the test part, if the archive has one; else state "
        "test_share.",
    )
    test_share: TestShare = None

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with parts and placeholders, with paths below the block."""
        yield from test_part_problem(self.test, self.test_share)
        yield from super().problems()

    def parts(self) -> dict[str, BoxedPart]:
        """Give the parts that the archive has."""
        found = {name: getattr(self, name) for name in _PARTS}
        return {name: part for name, part in found.items() if part is not None}


class Coco(_OfParts):
    """Photographs whose boxes are in a COCO file (JSON) for each part."""

    name: Literal["coco"] = Field(description="The layout.")


class BoxesTable(_OfParts):
    """Photographs whose boxes are in a table for each part, a row for each box.

    The columns are path, x1, y1, x2, y2, class, in this order and with or without a header, or the
    header names them (columns). A row with a path alone is a photograph without a box.
    """

    name: Literal["boxes_table"] = Field(description="The layout.")
    columns: Annotated[list[Text], Field(min_length=6, max_length=6), UNIQUE] | None = Field(
        None,
        description="The names of the columns with path, x1, y1, x2, y2 and class, in this order, "
        "of a table with a header. Other columns are not read.",
    )
    box: Literal["corners", "corner_and_size"] = Field(
        "corners",
        description="What the four numbers of a box are: two opposite corners, or the upper left "
        "corner, width and height.",
    )
    separator: Separator = ","

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with parts, placeholders and separator."""
        yield from separator_problem("separator", self.separator)
        yield from super().problems()


class Voc(BoxedFiles):
    """Photographs with a file of boxes each (XML), as in PASCAL VOC."""

    name: Literal["voc"] = Field(description="The layout.")
    images: Text = Field(
        description="The path of a photograph below the archive's top folder, with placeholders "
        "such as <name>.",
    )
    annotations: Text = Field(
        description="The path of its boxes, with the same placeholders: annotations/<name>.xml.",
    )
    test: Text | None = Field(
        None,
        description="The file that lists the test photographs, one in each line, by their names "
        "with or without suffix; of a table (CSV), the first column counts. Without one, state "
        "test_share.",
    )
    test_share: TestShare = None
    validation: Text | None = Field(
        None,
        description="The file that lists the validation photographs, if the archive has one; "
        "without it, a share of the training part is held out.",
    )

    def parts(self) -> dict[str, BoxedPart]:
        """Give the one pair of paths that all parts have."""
        return {"train": BoxedPart(images=self.images, annotations=self.annotations)}

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with parts and placeholders, with paths below the block."""
        yield from test_part_problem(self.test, self.test_share)
        for problem in super().problems():
            yield Problem(problem.path.removeprefix("train."), problem.message)
        if sorted(Template(self.images).names) != sorted(Template(self.annotations).names):
            text = "needs the placeholders of the images, each of them once"
            yield Problem("annotations", text)
