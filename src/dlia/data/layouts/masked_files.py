"""Images with a mask each, such as images/<name>.png and masks/<name>.png; the study states paths.

``pictures.decode_mask`` says what a mask may hold.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from zipfile import ZipInfo

import numpy as np

from dlia.data.layouts import Drawing, EntryPlace, Sample, group_of, pass_over
from dlia.data.offences import EntryError, Offence, offence, printable
from dlia.study.layout_blocks import MaskedFiles
from dlia.study.path_template import Template

_PARTS = ("train", "test")
_IMAGE, _MASK = "image", "mask"


class Layout:
    """The layout of one study; see ``layouts.LayoutModule``.

    Args:
        options: The study's ``layout`` block.
    """

    MASKED = True

    def __init__(self, options: MaskedFiles) -> None:
        self.options = options
        self.group = Template(options.group)
        self.images = {part: Template(options.part(part).images) for part in _PARTS}
        self.masks = {part: Template(options.part(part).masks) for part in _PARTS}
        both = ((_MASK, self.masks), (_IMAGE, self.images))
        templates = [(role, part, t) for role, of in both for part, t in of.items()]
        # <name>.png is also the form of <name>_mask.png.
        self.by_length = sorted(templates, key=lambda each: -each[2].fixed)
        paths = [f"{self.images[part].text} with {self.masks[part].text}" for part in _PARTS]
        self.FORM = ", ".join(dict.fromkeys(paths))
        self.FOLDERS = {part: t.folder.rstrip("/") or t.text for part, t in self.images.items()}
        # Without folders of its own, the test part is told by the numbers in the names.
        self.numbers = {"test": options.test_numbers, "train": "odd"}
        if options.test_numbers == "odd":
            self.numbers["train"] = "even"
        if options.test_numbers:
            self.FOLDERS = {
                part: f"{folder} with {self.numbers[part]} numbers"
                for part, folder in self.FOLDERS.items()
            }

    def place(self, name: str, classes: tuple[str, ...]) -> EntryPlace | None:
        """Give <Part>/image/<path> or <Part>/mask/<path>, without folders that all images share.

        An image and its mask have the same path.

        Raises:
            EntryError: It is neither an image nor a mask, or lacks the number that tells its part.
        """
        for role, part, template in self.by_length:
            if found := template.find(name):
                top, below = found
                image = self.images[part]
                path = image.fill(template.match(below) or {})
                rest = path[len(image.folder) :].rpartition(".")[0]
                own = self._part_of(rest) if self.options.test_numbers else part
                return EntryPlace(top, f"{own.capitalize()}/{role}/{rest}")
        pass_over(name, self.options.unused, self.FORM)
        return None

    def arrange(
        self,
        located: dict[str, ZipInfo],
        classes: tuple[str, ...],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[list[Sample], list[Offence]]:
        """Give the samples, sorted by id, and the offences of images and masks without the other.

        Args:
            located: Entries by their paths, as ``place`` gives them.
            classes: Not needed here.
            read: Not needed here.
        """
        samples: list[Sample] = []
        offences: list[Offence] = []
        for key, info in located.items():
            part, role, rest = key.split("/", 2)
            other = _MASK if role == _IMAGE else _IMAGE
            partner = located.get(f"{part}/{other}/{rest}")
            if partner is None:
                offences.append(offence(info, self._unpaired(part.lower(), other, info)))
            elif role == _IMAGE:
                group = group_of(self.group, self.images[part.lower()].values(info.filename))
                samples.append(Sample(f"{part}/{rest}", part.lower(), info, partner, group))
        return sorted(samples, key=lambda sample: sample.id), offences

    def pack(
        self, part: str, drawings: Iterable[Drawing], classes: list[str]
    ) -> Iterator[tuple[str, np.ndarray | str]]:
        """Give the files of a part of a stand-in, numbered from 0 or by the numbers of its part."""
        images, masks = self.images[part.lower()], self.masks[part.lower()]
        for each in drawings:
            number = each.index
            if self.options.test_numbers:
                number = 2 * number + (self.numbers[part.lower()] == "odd")
            # No group is in both parts.
            group = f"{part[:2].lower()}{each.group:05d}"
            values = {
                name: group if name in self.group.names else f"{number:05d}"
                for name in images.names
            }
            assert each.mask is not None
            yield images.fill(values), each.pixels
            yield masks.fill(values), self._as_stored(each.mask, len(classes))

    def _as_stored(self, mask: np.ndarray, classes: int) -> np.ndarray:
        """Give a drawn mask the values that the study states."""
        reading = self.options.mask
        if reading is None or reading == "nonzero":
            return mask
        indices = mask // 255 if classes == 2 else mask
        if isinstance(reading, str):
            return indices
        return np.array(reading.values, np.uint8)[indices]

    def _part_of(self, rest: str) -> str:
        numbers = re.findall(r"[0-9]+", rest)
        if not numbers:
            raise EntryError("has no number in its name, which would tell its part")
        found = "odd" if int(numbers[-1][-1]) % 2 else "even"
        return "test" if found == self.options.test_numbers else "train"

    def _unpaired(self, part: str, missing: str, info: ZipInfo) -> EntryError:
        own, others = self.images[part], self.masks[part]
        if missing == _IMAGE:
            own, others = others, own
        path = others.shown(own.values(info.filename))
        return EntryError(f"has no {missing} {printable(path)}", f"have no {missing}")


def layout_of(options: Mapping[str, object]) -> Layout:
    """Give the layout of a study, from the plain values of its ``layout`` block."""
    return Layout(MaskedFiles.model_validate(options))
