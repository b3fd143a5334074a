"""Volumes in the NIfTI form with a segmentation each; the study states paths, names and numbers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from zipfile import ZipInfo

import numpy as np

from dlia.data.layouts import Drawing, EntryPlace, Sample, pass_over
from dlia.data.offences import EntryError, Offence, offence
from dlia.study.layout_volumes import VOLUME, NiftiVolumes
from dlia.study.path_template import Template, spelt

_IMAGE, _SEGMENTATION = "image", "segmentation"


class Layout:
    """The layout of one study; see ``layouts.LayoutModule``.

    Args:
        options: The study's ``layout`` block.
    """

    MASKED = True

    def __init__(self, options: NiftiVolumes) -> None:
        self.options = options
        self.templates = {
            _SEGMENTATION: Template(options.segmentations),
            _IMAGE: Template(options.images),
        }
        # <volume>_seg.nii.gz is also of the form of <volume>.nii.gz.
        self.by_length = sorted(self.templates.items(), key=lambda each: -each[1].fixed)
        self.names = {
            spelt(name): (part, name) for part, names in options.parts().items() for name in names
        }
        self.left_out = {spelt(name) for name in options.left_out}
        self.FORM = f"{options.images} with {options.segmentations}"
        self.FOLDERS = {part: f"(part {part})" for part in options.parts()}

    def place(self, name: str, classes: tuple[str, ...]) -> EntryPlace | None:
        """Give image/<volume> or segmentation/<volume>; None for a volume that is left out.

        Raises:
            EntryError: It is neither a volume nor a segmentation, or the study does not name it.
        """
        for role, template in self.by_length:
            if found := template.find(name):
                volume = (template.match(found[1]) or {})[VOLUME]
                if volume in self.left_out:
                    return None
                if volume not in self.names:
                    cause = "is a volume that the study names in no part"
                    advice = "Name it in data.layout of the study: in a part, or under left_out."
                    raise EntryError(cause, advice=advice)
                return EntryPlace(found[0], f"{role}/{volume}")
        pass_over(name, self.options.unused, self.FORM)
        return None

    def arrange(
        self,
        located: dict[str, ZipInfo],
        classes: tuple[str, ...],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[list[Sample], list[Offence]]:
        """Give a sample for each volume, sorted by id, and the offences of what is missing.

        Args:
            located: Entries by their paths, as ``place`` gives them.
            classes: Not needed here.
            read: Not needed here.
        """
        samples: list[Sample] = []
        offences: list[Offence] = []
        for key, (part, name) in self.names.items():
            image, mask = (located.get(f"{role}/{key}") for role in (_IMAGE, _SEGMENTATION))
            if image and mask:
                samples.append(Sample(f"{part}/{name}", part, image, mask, name))
            elif image or mask:
                missing = _SEGMENTATION if image else "volume"
                text = f"has no {missing}; a volume without one belongs under left_out"
                offences.append(offence(image or mask, text))  # type: ignore[arg-type]
            else:
                text = f"is missing: the study names it in its part {part}"
                offences.append(Offence(name, text, "are missing: the study names them"))
        return sorted(samples, key=lambda sample: sample.id), offences

    def pack(
        self, part: str, drawings: Iterable[Drawing], classes: list[str]
    ) -> Iterator[tuple[str, np.ndarray | str]]:
        """Refuse: pictures make no volumes; the stand-in ``ellipsoids`` packs its own."""
        raise ValueError("stand-ins of volumes are ellipsoids")


def layout_of(options: Mapping[str, object]) -> Layout:
    """Give the layout of a study, from the plain values of its ``layout`` block."""
    return Layout(NiftiVolumes.model_validate(options))
