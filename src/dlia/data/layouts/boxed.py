"""What the layouts of photographs with boxes have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from zipfile import ZipInfo

import numpy as np

from dlia.data.boxes import Annotated, Box
from dlia.data.layouts import Drawing, EntryPlace, Sample, group_of, pass_over
from dlia.data.layouts.bounds import MOST_FAULTS
from dlia.data.offences import EntryError, Offence, offence, printable
from dlia.study.layout_boxes import BoxedFiles
from dlia.study.path_template import Template, spelt

ANNOTATIONS = "Annotations"
# One of so many groups of a stand-in is in the validation part, if the layout has one.
VALIDATED = 5
# The name of a photograph, as annotations and paths have it in common.
Key = tuple[str, ...]
BoxesByName = dict[Key, Annotated]


class BoxedLayout(ABC):
    """The layout of one study; see ``layouts.LayoutModule``.

    Args:
        options: The study's ``layout`` block.
    """

    MASKED = False

    def __init__(self, options: BoxedFiles) -> None:
        self.options = options
        parts = options.parts()
        self.images = {name: Template(part.images) for name, part in parts.items()}
        self.annotations = {name: Template(part.annotations) for name, part in parts.items()}
        self.forms = {name: options.written(name) for name in parts}
        self.group = Template(options.group)
        # test/<name>.jpg is also the form of <folder>/<name>.jpg.
        self.by_length = sorted(self.images.items(), key=lambda image: -image[1].fixed)
        self.FOLDERS = {part: t.folder.rstrip("/") or t.text for part, t in self.images.items()}
        self.FOLDERS.setdefault("test", self.FOLDERS["train"])  # a share of the training part
        paths = [t.text for part in parts for t in (self.images[part], self.annotations[part])]
        self.FORM = ", ".join(dict.fromkeys(paths))

    def place(self, name: str, classes: tuple[str, ...]) -> EntryPlace | None:
        """Give <Part>/<path> without folders that all share, or Annotations/<part>[/<path>].

        Raises:
            EntryError: It is neither a photograph nor annotations.
        """
        for part, template in self.annotations.items():
            if found := template.find(name):
                rest = self._rest(found[1], template) if template.names else ""
                return EntryPlace(found[0], f"{ANNOTATIONS}/{part}{rest and '/'}{rest}")
        for part, template in self.by_length:
            if found := template.find(name):
                return EntryPlace(found[0], f"{part.capitalize()}/{self._rest(found[1], template)}")
        pass_over(name, self.options.unused, self.FORM)
        return None

    @abstractmethod
    def arrange(
        self,
        located: dict[str, ZipInfo],
        classes: tuple[str, ...],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[list[Sample], list[Offence]]:
        """Give the samples, sorted by id, and the offences of annotations and photographs."""

    def pack(
        self, part: str, drawings: Iterable[Drawing], classes: list[str]
    ) -> Iterator[tuple[str, np.ndarray | str]]:
        """Give the files of a part of a stand-in, numbered from 0, and its annotations.

        A layout with a validation part gets it from every fifth group of the training part.
        """
        own = part.lower()

        def part_of(each: Drawing) -> str:
            validated = own == "train" and "validation" in self.images
            return "validation" if validated and each.group % VALIDATED == VALIDATED - 1 else own

        found = sorted(drawings, key=part_of)
        for name, of_part in groupby(found, part_of):
            members = {self._named(name, each): each for each in of_part}
            for key, each in members.items():
                yield self.images.get(name, self.images["train"]).fill(dict(key)), each.pixels
            yield from self.write(name, members, classes)

    @abstractmethod
    def write(
        self,
        part: str,
        drawings: dict[tuple[tuple[str, str], ...], Drawing],
        classes: list[str],
    ) -> Iterator[tuple[str, str]]:
        """Give the files with the boxes of a part of a stand-in.

        Args:
            part: train, validation or test.
            drawings: By the placeholders of their paths and their values.
            classes: The names of the classes.
        """

    def _named(self, part: str, each: Drawing) -> tuple[tuple[str, str], ...]:
        # No group is in both parts.
        group = f"{part[:2]}{each.group:05d}"
        names = self.images.get(part, self.images["train"]).names
        return tuple(
            (name, group if name in self.group.names else f"{part[:2]}{each.index:05d}")
            for name in names
        )

    def sample(self, key: str, part: str, info: ZipInfo, said: Annotated) -> Sample:
        """Give the sample of a photograph."""
        template = self.images.get(part, self.images["train"])
        return Sample(key, part, info, said, group_of(self.group, template.values(info.filename)))

    def key_of(self, part: str, written: str) -> Key:
        """Give the key of a photograph from its name in the annotations of a part.

        Raises:
            EntryError: The name has another form.
        """
        form = self.forms[part]
        values = form.match(written.replace("\\", "/"))
        if values is None:
            raise EntryError(
                f"{printable(written)!r} is not of the form {form.text}",
                advice="Correct data.layout.image_form in the study.",
            )
        return (*(values[name] for name in form.names), *form.suffix_in_key(written))

    def key_of_path(self, part: str, path: str) -> Key:
        """Give the key of a photograph from its path in the archive."""
        values = self.images[part].values(path)
        return tuple(values[name] for name in self.forms[part].names)

    @staticmethod
    def _rest(path: str, template: Template) -> str:
        return path[len(template.folder) :].rpartition(".")[0]


class ListedLayout(BoxedLayout):
    """A layout in which each part has one file with the boxes of all its photographs."""

    def key_of_path(self, part: str, path: str) -> Key:
        """Give the key of a photograph from its path in the archive."""
        return (*super().key_of_path(part, path), *self.forms[part].suffix_in_key(path))

    def arrange(
        self,
        located: dict[str, ZipInfo],
        classes: tuple[str, ...],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[list[Sample], list[Offence]]:
        """Give the samples, sorted by id, and the offences of annotations and photographs.

        Args:
            located: Entries by their paths, as ``place`` gives them.
            classes: Their names.
            read: Reads an entry.
        """
        samples: list[Sample] = []
        records, offences, whole = self._all_records(located, classes, read)
        for key, info in located.items():
            top, _, rest = key.partition("/")
            if top == ANNOTATIONS:
                continue
            same = self.images[top.lower()].form
            sharing = [part for part, template in self.images.items() if template.form == same]
            own = [p for p in sharing if self.key_of_path(p, info.filename) in records.get(p, {})]
            said = [records[part].pop(self.key_of_path(part, info.filename)) for part in own]
            if len(own) > 1:
                text = f"is listed in {' and '.join(self.annotations[part].text for part in own)}"
                offences.append(offence(info, EntryError(text, "are listed in two parts")))
            elif own:
                samples.append(self.sample(f"{own[0].capitalize()}/{rest}", own[0], info, said[0]))
            elif whole.issuperset(sharing):
                text = f"is not listed in {', '.join(self.annotations[p].text for p in sharing)}"
                offences.append(offence(info, EntryError(text, "are not listed")))
        for part, left in records.items():
            form = self.forms[part]
            for absent in islice(left, MOST_FAULTS):
                text = f"names {printable(form.shown_key(absent))}, which is not in the archive"
                fault = EntryError(text, "names photographs that are absent")
                offences.append(offence(located[f"{ANNOTATIONS}/{part}"], fault))
        return sorted(samples, key=lambda sample: sample.id), offences

    def _all_records(
        self,
        located: dict[str, ZipInfo],
        classes: tuple[str, ...],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[dict[str, BoxesByName], list[Offence], set[str]]:
        """Give the records of every part, the offences, and the parts that were read without any.

        An offence in a file explains why photographs are not listed.
        """
        found: dict[str, BoxesByName] = {}
        offences: list[Offence] = []
        whole = set()
        for part, template in self.annotations.items():
            entry = located.get(f"{ANNOTATIONS}/{part}")
            if entry is None:
                text = "is missing from the archive, so that the boxes are not known"
                offences.append(Offence(template.text, text, text))
                continue
            try:
                found[part], faults = self.records(read(entry), part, classes)
            except EntryError as fault:
                faults = [fault]
            offences += [offence(entry, fault) for fault in faults]
            if not faults:
                whole.add(part)
        return found, offences, whole

    @abstractmethod
    def records(
        self, data: bytes, part: str, classes: tuple[str, ...]
    ) -> tuple[BoxesByName, list[EntryError]]:
        """Read the annotations of a part, and what is wrong in them.

        Raises:
            EntryError: They cannot be read at all.
        """


def label_of(written: str, classes: tuple[str, ...]) -> int:
    """Give the index of a class.

    Raises:
        EntryError: There is no such class.
    """
    for index, name in enumerate(classes):
        if spelt(name) == spelt(written.strip()):
            return index
    if not written.strip():
        raise EntryError("a box has no class", "boxes without a class")
    raise EntryError(
        f"the class {printable(written)} is none of {', '.join(classes)}",
        "boxes of unknown classes",
        "data.classes in the study lists the classes: correct it, or use the archive that it "
        "describes.",
    )


def checked_box(corners: tuple[float, float, float, float], label: int, where: str) -> Box | None:
    """Give a box, or None if it has no area.

    Args:
        corners: x1, y1, x2, y2 in pixels.
        label: The index of its class.
        where: The name of its photograph.

    Raises:
        EntryError: A side has a negative length, or a corner is no finite number.
    """
    x1, y1, x2, y2 = corners
    shown = ", ".join(f"{value:g}" for value in corners)
    if not np.isfinite(corners).all():
        raise EntryError(f"{where}: a corner of the box {shown} is no finite number")
    if x2 < x1 or y2 < y1:
        raise EntryError(
            f"{where}: the box {shown} (x1, y1, x2, y2) has a negative width or height",
            "boxes of negative width or height",
        )
    return None if x1 == x2 or y1 == y2 else Box(x1, y1, x2, y2, label)


def without_area(corners: tuple[float, float, float, float], name: str) -> str:
    """Say which box is left out."""
    return f"{name} at {corners[0]:g}, {corners[1]:g} has no area"
