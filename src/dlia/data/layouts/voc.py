"""Photographs with a file of boxes each (XML), as in PASCAL VOC; lists name the parts."""

import io
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from zipfile import ZipInfo

from defusedxml import DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from dlia.data.boxes import Annotated, Box
from dlia.data.layouts import Drawing, EntryPlace, Sample
from dlia.data.layouts.bounds import (
    MAX_TABLE_BYTES,
    MAX_XML_BYTES,
    MOST_FAULTS,
    check_bytes,
)
from dlia.data.layouts.boxed import (
    ANNOTATIONS,
    BoxedLayout,
    Key,
    checked_box,
    label_of,
    without_area,
)
from dlia.data.offences import EntryError, Offence, offence, printable
from dlia.study.layout_boxes import Voc
from dlia.study.path_template import Template, spelt

_LIST = "List"
_MOST_DEEP = 20  # levels of elements


class Layout(BoxedLayout):
    """The layout of one study; see ``layouts.LayoutModule``.

    Args:
        options: The study's ``layout`` block.
    """

    def __init__(self, options: Voc) -> None:
        super().__init__(options)
        stated = {"test": options.test, "validation": options.validation}
        self.lists = {part: Template(path) for part, path in stated.items() if path}
        folder = self.FOLDERS["train"]
        self.FOLDERS |= {part: f"{folder} of the list {t.text}" for part, t in self.lists.items()}
        self.FORM = ", ".join([self.FORM, *(t.text for t in self.lists.values())])

    def place(self, name: str, classes: tuple[str, ...]) -> EntryPlace | None:
        """Give Train/<path>, Annotations/train/<path> or List/<part>; raises EntryError."""
        for part, template in self.lists.items():
            if found := template.find(name):
                return EntryPlace(found[0], f"{_LIST}/{part}")
        return super().place(name, classes)

    def arrange(
        self,
        located: dict[str, ZipInfo],
        classes: tuple[str, ...],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[list[Sample], list[Offence]]:
        """Give the samples, sorted by id, and the offences of files without the other.

        Args:
            located: Entries by their paths, as ``place`` gives them.
            classes: Their names.
            read: Reads an entry.
        """
        pictures = {key: info for key, info in located.items() if key.startswith("Train/")}
        of_files = {self.key_of_path("train", info.filename): key for key, info in pictures.items()}
        parts, offences = self._parts(located, of_files, read)
        samples: list[Sample] = []
        for key, info in pictures.items():
            rest = key.partition("/")[2]
            entry = located.get(f"{ANNOTATIONS}/train/{rest}")
            if entry is None:
                offences.append(offence(info, EntryError("has no annotations", "have none")))
                continue
            try:
                said = read_voc(read(entry), classes)
            except EntryError as fault:
                offences.append(offence(entry, fault))
                continue
            part = parts.get(key, "train")
            samples.append(self.sample(f"{part.capitalize()}/{rest}", part, info, said))
        for key, info in located.items():
            rest = key.removeprefix(f"{ANNOTATIONS}/train/")
            if rest != key and f"Train/{rest}" not in pictures:
                text = "has no photograph"
                offences.append(offence(info, EntryError(text, "have no photograph")))
        return sorted(samples, key=lambda sample: sample.id), offences

    def _parts(
        self,
        located: dict[str, ZipInfo],
        of_files: dict[Key, str],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[dict[str, str], list[Offence]]:
        """Give the part of every photograph that a list names, by its key in ``located``."""
        parts: dict[str, str] = {}
        offences: list[Offence] = []
        for part, template in self.lists.items():
            entry = located.get(f"{_LIST}/{part}")
            if entry is None:
                text = "is missing from the archive, so that the parts are not known"
                offences.append(Offence(template.text, text, text))
                continue
            try:
                data = read(entry)
                check_bytes(data, MAX_TABLE_BYTES)
                lines = io.StringIO(data.decode("utf-8-sig"))
            except EntryError as fault:
                offences.append(offence(entry, fault))
                continue
            except UnicodeDecodeError:
                offences.append(offence(entry, "is no list of UTF-8 text"))
                continue
            for number, line in enumerate(lines, start=1):
                if len(offences) >= MOST_FAULTS:
                    break
                name = line.partition(",")[0].strip()
                key = of_files.get(self._listed(name)) if name else None
                if key is not None and parts.setdefault(key, part) != part:
                    text = f"line {number}: {printable(name)} is in the list of {parts[key]}, too"
                    offences.append(offence(entry, EntryError(text, "in two lists")))
                elif key is None and name and not (number == 1 and self._is_header(name)):
                    text = f"line {number}: {printable(name)} is not in the archive"
                    offences.append(offence(entry, EntryError(text, "lists absent photographs")))
        return parts, offences

    def _is_header(self, name: str) -> bool:
        """Tell whether a first line is the heading of a column, and no photograph."""
        return not spelt(name).endswith(self._suffixes) and not any(map(str.isdigit, name))

    @property
    def _suffixes(self) -> tuple[str, ...]:
        return self.forms["train"].suffixes

    def _listed(self, name: str) -> Key:
        """Give the key of a name in a list, with or without the suffix."""
        form = self.forms["train"]
        suffixes = self._suffixes
        whole = name if spelt(name).endswith(suffixes) else f"{name}{suffixes[0]}"
        values = form.match(whole) or {}
        return tuple(values.get(each, "") for each in form.names)

    def write(
        self,
        part: str,
        drawings: dict[tuple[tuple[str, str], ...], Drawing],
        classes: list[str],
    ) -> Iterator[tuple[str, str]]:
        """Give the files of a part of a stand-in with boxes, and its list."""
        for values, each in drawings.items():
            height, width = each.pixels.shape[:2]
            size = f"<size><width>{width}</width><height>{height}</height></size>"
            objects = [
                f"<object><name>{classes[box.label]}</name><bndbox>"
                f"<xmin>{box.x1:g}</xmin><ymin>{box.y1:g}</ymin>"
                f"<xmax>{box.x2:g}</xmax><ymax>{box.y2:g}</ymax></bndbox></object>"
                for box in each.boxes
            ]
            path = self.annotations["train"].fill(dict(values))
            yield path, f"<annotation>{size}{''.join(objects)}</annotation>\n"
        if part in self.lists:
            names = [self.forms["train"].fill(dict(values)) for values in drawings]
            yield self.lists[part].text, "".join(f"{name}\n" for name in names)


def read_voc(data: bytes, classes: tuple[str, ...]) -> Annotated:
    """Read the boxes of a photograph.

    Raises:
        EntryError: It is no such file, or a box or a class in it is wrong.
    """
    root = _element(data)
    boxes: list[Box] = []
    left_out: list[str] = []
    for each in root.iter("object"):
        name = (each.findtext("name") or "").strip()
        label = label_of(name, classes)
        bounds = each.find("bndbox")
        if bounds is None:
            raise EntryError("an object in it has no box (bndbox)", "objects without a box")
        x1, y1, x2, y2 = (_number(bounds, end) for end in ("xmin", "ymin", "xmax", "ymax"))
        box = checked_box((x1, y1, x2, y2), label, printable(name))
        if box is None:
            left_out.append(without_area((x1, y1, x2, y2), name))
        else:
            boxes.append(box)
    size = root.find("size")
    stated = None
    if size is not None:
        stated = (int(_number(size, "height")), int(_number(size, "width")))
    return Annotated(tuple(boxes), stated, tuple(left_out))


def classes_in(data: bytes) -> set[str]:
    """Return the classes of the objects of a photograph.

    Raises:
        EntryError: It is no file of annotations.
    """
    names = {(each.findtext("name") or "").strip() for each in _element(data).iter("object")}
    return names - {""}


class _Shallow(TreeBuilder):
    """Builds a tree of few levels: a deep one would exhaust what walks through it.

    Names are without the namespace that a file may declare.
    """

    depth = 0

    def start(self, tag: Any, attrs: dict[Any, Any]) -> Element:
        self.depth += 1
        if self.depth > _MOST_DEEP:
            raise EntryError("is nested too deeply", "are nested too deeply")
        return super().start(tag.rpartition("}")[2], attrs)

    def end(self, tag: str) -> Element:
        self.depth -= 1
        return super().end(tag.rpartition("}")[2])


def _element(data: bytes) -> Element:
    """Parse XML that declares nothing: a document type could unfold without end."""
    check_bytes(data, MAX_XML_BYTES)
    parser = DefusedXMLParser(target=_Shallow(), forbid_dtd=True)
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DTDForbidden:
        text = "declares a document type, which no annotation needs"
        raise EntryError(text, "declare a type") from None
    except (ParseError, LookupError, ValueError) as error:
        raise EntryError(f"is no XML: {printable(str(error))}", "are no XML") from None
    if root.tag != "annotation":
        text = f"is no file of annotations: it begins with {printable(root.tag)}"
        raise EntryError(text, "are no files of annotations")
    return root


def _number(element: Element, name: str) -> float:
    text = (element.findtext(name) or "").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise EntryError(f"its {name} is {printable(text)!r}, which is no number")
    return value


def layout_of(options: Mapping[str, object]) -> Layout:
    """Give the layout of a study, from the plain values of its ``layout`` block."""
    return Layout(Voc.model_validate(options))
