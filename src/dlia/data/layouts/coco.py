"""Photographs with their boxes in a COCO file (JSON) for each part."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, FailFast, ValidationError

from dlia.data.boxes import Annotated as AnnotatedPhotograph
from dlia.data.boxes import Box
from dlia.data.layouts import Drawing
from dlia.data.layouts.bounds import MAX_JSON_BYTES, MOST_FAULTS, check_bytes
from dlia.data.layouts.boxed import BoxesByName, ListedLayout, checked_box, label_of, without_area
from dlia.data.offences import EntryError, printable
from dlia.study.layout_boxes import Coco


class _Record(BaseModel):
    """A record of a COCO file; other keys of it, such as segmentations, are not read."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class CocoImage(_Record):
    """A photograph."""

    id: int
    file_name: str
    width: int
    height: int


class CocoBox(_Record):
    """A box: its upper left corner, its width and its height, in pixels."""

    id: int
    image_id: int
    category_id: int
    bbox: tuple[float, float, float, float]
    iscrowd: int = 0


class CocoClass(_Record):
    """A class."""

    id: int
    name: str


class CocoFile(_Record):
    """What is read of a COCO file; the first fault is enough, and millions would take gigabytes."""

    images: Annotated[list[CocoImage], FailFast()]
    annotations: Annotated[list[CocoBox], FailFast()]
    categories: Annotated[list[CocoClass], FailFast()]


def read_coco(data: bytes) -> CocoFile:
    """Read a COCO file.

    Raises:
        EntryError: It is no JSON, is too large, or lacks what a COCO file has.
    """
    check_bytes(data, MAX_JSON_BYTES)
    try:
        return CocoFile.model_validate(json.loads(data))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        text = f"{place}: {printable(first['msg'])}" if place else "it begins with no object ({)"
        raise EntryError(f"is no COCO file: {text}", "are no COCO files") from None
    except (ValueError, RecursionError):
        raise EntryError("is no JSON", "are no JSON") from None


def coco_boxes(
    file: CocoFile, classes: tuple[str, ...]
) -> tuple[dict[str, AnnotatedPhotograph], list[EntryError]]:
    """Give the boxes of every photograph by its file name, and what is wrong with them.

    A box that marks a crowd of objects, and one without an area, are left out and named.
    """
    faults: list[EntryError] = []
    names = {each.id: each.name for each in file.categories}
    images = {each.id: each for each in file.images}
    for what, listed in (
        ("photograph", [each.file_name for each in file.images]),
        ("photograph of the number", [each.id for each in file.images]),
        ("class of the number", [each.id for each in file.categories]),
    ):
        twice = [each for each, count in Counter(listed).items() if count > 1]
        if twice:
            return {}, [EntryError(f"lists the {what} {printable(str(twice[0]))} twice")]
    labels: dict[int, int] = {}
    for number, name in names.items():
        # A category without a box may be a heading for others.
        if any(each.category_id == number for each in file.annotations):
            try:
                labels[number] = label_of(name, classes)
            except EntryError as fault:
                faults.append(fault)
    boxes: dict[int, list[Box]] = {number: [] for number in images}
    left_out: dict[int, list[str]] = {number: [] for number in images}
    for each in file.annotations:
        if len(faults) >= MOST_FAULTS:
            break
        if each.image_id not in images:
            text = f"box {each.id} is of photograph {each.image_id}, which is not listed"
            faults.append(EntryError(text, "boxes of photographs that are not listed"))
            continue
        if each.category_id not in names:
            text = f"box {each.id} is of class {each.category_id}, which is not listed"
            faults.append(EntryError(text, "boxes of classes that are not listed"))
            continue
        x, y, width, height = each.bbox
        corners, where = (x, y, x + width, y + height), printable(images[each.image_id].file_name)
        name = names[each.category_id]
        try:
            box = checked_box(corners, labels.get(each.category_id, 0), where)
        except EntryError as fault:
            faults.append(fault)
            continue
        if box is None:
            left_out[each.image_id].append(without_area(corners, name))
        elif each.iscrowd:
            left_out[each.image_id].append(f"{name} at {x:g}, {y:g} is a crowd")
        else:
            boxes[each.image_id].append(box)
    return {
        image.file_name: AnnotatedPhotograph(
            tuple(boxes[number]), (image.height, image.width), tuple(left_out[number])
        )
        for number, image in images.items()
    }, faults


class Layout(ListedLayout):
    """The layout of one study; see ``layouts.LayoutModule``."""

    def records(
        self, data: bytes, part: str, classes: tuple[str, ...]
    ) -> tuple[BoxesByName, list[EntryError]]:
        """Read the COCO file of a part, and what is wrong in it."""
        by_name, faults = coco_boxes(read_coco(data), classes)
        records: BoxesByName = {}
        for name, said in by_name.items():
            try:
                records[self.key_of(part, name)] = said
            except EntryError as fault:
                faults.append(fault)
        return records, faults

    def write(
        self,
        part: str,
        drawings: dict[tuple[tuple[str, str], ...], Drawing],
        classes: list[str],
    ) -> Iterator[tuple[str, str]]:
        """Give the COCO file of a part of a stand-in."""
        images: list[dict[str, object]] = []
        annotations: list[dict[str, object]] = []
        for number, (values, each) in enumerate(drawings.items(), start=1):
            height, width = each.pixels.shape[:2]
            name = self.forms[part].fill(dict(values))
            images.append({"id": number, "file_name": name, "width": width, "height": height})
            for x1, y1, x2, y2, label in each.boxes:
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": number,
                        "category_id": label + 1,
                        "bbox": [x1, y1, x2 - x1, y2 - y1],
                        "area": (x2 - x1) * (y2 - y1),
                        "iscrowd": 0,
                    }
                )
        categories = [{"id": number, "name": name} for number, name in enumerate(classes, start=1)]
        content = {"images": images, "annotations": annotations, "categories": categories}
        yield self.annotations[part].text, json.dumps(content)


def layout_of(options: Mapping[str, object]) -> Layout:
    """Give the layout of a study, from the plain values of its ``layout`` block."""
    return Layout(Coco.model_validate(options))
