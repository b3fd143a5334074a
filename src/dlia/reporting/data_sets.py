"""Data set as the report describes it: origin, parts and classes."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from dlia.evaluation.balance import PARTS
from dlia.formatting import capital, metric_text, range_text
from dlia.reporting.blocks import (
    AnyBlock,
    Fact,
    FactList,
    Figure,
    Paragraph,
    Prose,
    Span,
    Value,
    paragraph,
    table,
    text,
    words,
)
from dlia.reporting.images import permitted
from dlia.reporting.mentions import mention
from dlia.reporting.records import RESULTS, read_json, read_table
from dlia.study.data_block import Form
from dlia.study.layout_volumes import NiftiVolumes
from dlia.study.model import Study
from dlia.study.origins import REAL
from dlia.study.part_names import TEST, TRAIN, VALIDATION
from dlia.study.task import Task

NOT_STATED = "not stated in the study"


@dataclass(frozen=True)
class DataSet:
    """The data of a study.

    Attributes:
        kind: real or stand-in.
        form: What the release is called that was used in place of the archive; "" if none was.
        images: The number of images of each part.
        duplicates: How many images are, pixel by pixel, in more than one part.
        balance: The rows of balance.csv.
        left_out: The boxes that have no area, in words.
        similar: How many pairs of images of two parts look almost alike, by division.
        volumes: The names of the volumes of every part, if its images are slices.
        voxels: The sizes of their voxels, in words.
    """

    study: Study
    kind: str
    archive: str
    sha256: str
    size: str
    channels: int
    images: dict[str, int]
    duplicates: int
    balance: list[dict[str, str]]
    form: str = ""
    left_out: tuple[str, ...] = ()
    similar: dict[str, int] = field(default_factory=dict)
    volumes: dict[str, list[str]] = field(default_factory=dict)
    voxels: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """What was read: the archive, or what the release is called that took its place."""
        return self.form or self.archive

    @property
    def is_real(self) -> bool:
        """Whether it is the archive itself."""
        return self.kind == REAL

    @property
    def terms(self) -> str:
        """The terms of what was used; "" if the study does not state them."""
        return (self._form.terms if self._form else "") or self.study.data.terms

    @property
    def unlike(self) -> str:
        """How its images are unlike those of the sources, in words; "" if they are not."""
        if self._form:
            how = self._form.differs
            return f"prepared otherwise than the archive: {how}" if how else ""
        others = self.study.data.other_images
        return f"other images than those of the sources: {others}" if others else ""

    @property
    def _form(self) -> Form | None:
        return next((f for f in self.study.data.forms if f.title == self.form), None)

    @property
    def in_short(self) -> Prose:
        """Archive, kind and number of images of each part."""
        shared = some_train_on_validation(self.study)
        return self._told(parts_text(self.images, shared, self.study.task.entry))

    @property
    def in_total(self) -> Prose:
        """Archive, kind and number of images."""
        return self._told(
            f"{sum(self.images.values()):,} {self.study.task.entry}s{self._volumes()}"
        )

    @property
    def tested(self) -> str:
        """How many test images there are, or slices of how many volumes."""
        count = self.images.get(TEST, 0)
        of = self._volumes(TEST)
        return f"{count:,} test {self.study.task.entry}{'s' * (count != 1)}{of}"

    def _volumes(self, part: str = "") -> str:
        """Say of how many volumes the slices are; "" if there are none."""
        count = sum(len(own) for name, own in self.volumes.items() if part in ("", name))
        return f" of {count} volume{'s' * (count != 1)}" if self.volumes else ""

    def _told(self, parts: str) -> Prose:
        return words(
            "{archive}, {kind}: {parts}",
            archive=self.archive.removesuffix(".zip") if self.form else self.archive,
            kind=self.form or ("the real archive" if self.is_real else "a generated stand-in"),
            parts=parts,
        )


def some_train_on_validation(study: Study) -> bool:
    """Tell whether a variant without a validation part trains on these images, too."""
    own = [v for exercise in study.exercises.values() for v in exercise.variants.values()]
    return any(variant.settings.fit != TRAIN for variant in own)


def parts_text(images: dict[str, int], shared: bool, entry: str = "image") -> str:
    """Return the number of images (or slices) of each part.

    Args:
        images: The numbers.
        shared: Whether some variants train on the validation images, too.
        entry: What they are.
    """
    train, validation, test = (images.get(part, 0) for part in PARTS)
    if shared and validation:
        return (
            f"{train + validation:,} training {entry}s, of which {validation:,} for validation "
            f"where a variant has one, and {test:,} test {entry}s"
        )
    return f"{train:,} training, {validation:,} validation and {test:,} test {entry}s"


def read_data(study: Study) -> DataSet:
    """Read the description of a study's data set."""
    folder = RESULTS / "data" / study.name
    source = read_json(folder / "source.json")
    layout = source["layout"]
    return DataSet(
        study,
        source["data"],
        source["archive"],
        source["sha256"],
        " \N{MULTIPLICATION SIGN} ".join(map(str, layout["size"])),
        layout["channels"],
        {str(k): n for k, n in pd.read_csv(folder / "split.csv")["part"].value_counts().items()},
        int(pd.read_csv(folder / "equal_images.csv")["sha256"].nunique()),
        read_table(folder / "balance.csv"),
        layout.get("form", ""),
        tuple(source.get("left_out", ())),
        _similar(folder) if study.task.boxed else {},
        *(_volumes(folder) if study.task.entry == "slice" else ()),
    )


def _volumes(folder: Path) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """Return the names of the volumes of every part, and the sizes of their voxels in words."""
    slices = pd.read_csv(folder / "ids.csv", dtype=str, keep_default_na=False)
    names = {str(part): list(dict.fromkeys(own["group"])) for part, own in slices.groupby("part")}
    sizes = dict.fromkeys(slices["voxel_mm"])
    return names, tuple(map(_size, sizes))


def _size(voxel: str) -> str:
    return " \N{MULTIPLICATION SIGN} ".join(f"{float(side):.4g}" for side in voxel.split("x"))


def _similar(folder: Path) -> dict[str, int]:
    """Count the pairs of images of two parts that look almost alike, by division."""
    found = pd.read_csv(folder / "similar_images.csv")["division"].value_counts()
    return {str(division): int(pairs) for division, pairs in found.items()}


_LEFT_OUT = (
    "Images of the data are left out of this report (`report.images` in the study), as "
    "its terms may not allow that they are passed on."
)


def data_part(
    data: DataSet, sources: Prose, data_source: Prose, best: list[Fact]
) -> list[AnyBlock]:
    """Return what a chapter says of its data.

    Args:
        data: The data.
        sources: The references of the study.
        data_source: The reference of the data.
        best: The best variants.
    """
    study = data.study
    duplicates = words(
        "{count} {entry}s occur, pixel by pixel, in more than one part "
        "(`results/data/{study}/equal_images.csv`)",
        count=data.duplicates,
        entry=study.task.entry,
        study=study.name,
    )
    real = words(
        "; licence: {terms}{differs}",
        differs=f"; {data.unlike}" if data.unlike else Span(""),
        terms=data.terms or NOT_STATED,
    )
    said = [*noticed(data.balance, study.task), *_of_photographs(data)]
    facts = [
        Fact(
            "Data",
            words(
                "{short}{real} {source}",
                short=data.in_short,
                real=real if data.is_real else Span(""),
                source=data_source,
            ),
        ),
        *_volumes_told(data),
        Fact(
            capital(f"{study.task.entry}s"),
            words(
                "{size} pixels, channels: {channels}; classes {classes}",
                size=data.size,
                channels=data.channels,
                classes=_classes(study),
            ),
        ),
        Fact(
            "Split",
            words(
                "the same for all trials, {how}; {duplicates}",
                how="as the study names the parts"
                if study.data.validation is None
                else f"stratified; seed {study.data.split_seed}",
                duplicates=duplicates
                if data.duplicates
                else f"no {study.task.entry} occurs in more than one part",
            ),
        ),
        *([Fact("Remarks", text(" ".join(said)))] if said else []),
        *([Fact("Sources", sources)] if sources else []),
        *best,
    ]
    caption = words("Class balance. {caption}", caption=study.task.balance_caption)
    heads = ["Class", "#Training", "#Validation", "#Test"]
    pictures: list[AnyBlock] = [*samples_figure(study)]
    return [
        FactList(tuple(facts)),
        *(Paragraph(told) for told in mention(pictures)),
        *(pictures or [paragraph(_LEFT_OUT)]),
        table(f"{study.name}-balance", caption, heads, _balance(data)),
    ]


def _classes(study: Study) -> str:
    """Name the classes, with their numbers where claims and tables use these."""
    names = study.data.classes
    if not study.task.metric_of_class:
        return ", ".join(names)
    return ", ".join(f"{number} = {name}" for number, name in enumerate(names, start=1))


def _volumes_told(data: DataSet) -> list[Fact]:
    """Say which volumes there are and what each is for; nothing of data without volumes."""
    layout = data.study.data.layout
    if not (data.volumes and isinstance(layout, NiftiVolumes)):
        return []
    done = {TRAIN: "train", VALIDATION: "validate", TEST: "test"}
    used = "; ".join(
        f"{len(data.volumes[part])} {verb}{'s' * (len(data.volumes[part]) == 1)} "
        f"({', '.join(data.volumes[part])})"
        for part, verb in done.items()
        if part in data.volumes
    )
    # A stand-in has other volumes than the archive.
    left = layout.left_out if data.is_real else []
    because = data.study.data.left_out_because
    out = f"; left out{', as ' * bool(because)}{because}: {', '.join(left)}" if left else ""
    count = sum(map(len, data.volumes.values()))
    return [
        Fact(
            "Volumes",
            words(
                "{all}{used}{out}. A voxel has {voxels} mm (from slice to slice, from row to row, "
                "along a row)",
                all=Span(f"{count + len(left)} in the archive, {count} used: " if left else ""),
                used=used,
                out=Span(out),
                voxels=" or ".join(data.voxels),
            ),
        )
    ]


def samples_figure(study: Study) -> list[Figure]:
    """Return the figure of training images, or none where the report may not have it."""
    shown = text(f"{study.task.samples_caption} {study.data.channels_show}".rstrip())
    file = f"data/{study.name}/figures/samples"
    return permitted(study, [Figure(f"{study.name}-samples-figure", file, shown)])


def _of_photographs(data: DataSet) -> list[str]:
    """Return what there is to say of photographs with boxes."""
    said = []
    if data.left_out:
        names = ", ".join(data.left_out)
        said.append(f"{len(data.left_out)} boxes are left out: {names}.")
    if data.study.task.boxed:
        said.append(f"{capital(_pairs(data, 'main'))}.")
    own = [v.settings for e in data.study.exercises.values() for v in e.variants.values()]
    if any(settings.split for settings in own):
        said.append(f"Divided at random, groups or not, {_pairs(data, 'random')}.")
    model = data.study.data.standin.model
    if model and not data.is_real:
        said.append(f"On this stand-in, variants have another network (stand-in): {model.name}.")
    return said


def _pairs(data: DataSet, division: str) -> str:
    """Say how many pairs of images of two parts look almost alike in a division."""
    count = data.similar.get(division, 0)
    if not count:
        return "no pair of images of different parts looks almost alike"
    pairs = (
        "1 pair of images of different parts looks"
        if count == 1
        else (f"{count:,} pairs of images of different parts look")
    )
    return f"{pairs} almost alike (results/data/{data.study.name}/similar_images.csv)"


def noticed(balance: list[dict[str, str]], task: Task) -> list[str]:
    """Return a sentence for every problem in the class balance that affects the results.

    Args:
        balance: The rows of balance.csv.
        task: The task of the study.
    """
    names = {"train": "training"}
    element = "voxel" if task.unit == "volume" else "pixel"
    kind = f"with a {element} of class" if task.per_pixel else "of class"
    shown = [
        (row, f"{names.get(row['part'], row['part'])} {task.entry}", f"{kind} {row['class']}")
        for row in balance
    ]
    lacking = [
        f"There is no {image} {of_class}." for row, image, of_class in shown if row["images"] == "0"
    ]
    empty = [
        f"{row['of_one_colour']} of the {row['images']} {image}s {of_class} "
        f"{'is' if row['of_one_colour'] == '1' else 'are'} blank: all their pixels are the same."
        for row, image, of_class in shown
        if row["of_one_colour"] not in ("0", "not read")
    ]
    return [*lacking, *empty]


def _balance(data: DataSet) -> list[tuple[Value, ...]]:
    """Return the share of every class in each part, one row per class."""
    found = {(row["class"], row["part"]): row for row in data.balance}
    told = _of_pixels if data.study.task.per_pixel else _of_images
    if data.study.task.boxed:
        told = _of_boxes
    return [
        (name, *(told(found[name, part]) for part in PARTS)) for name in data.study.data.classes
    ]


def _of_images(row: dict[str, str]) -> str:
    return f"{int(row['images']):,} ({100 * float(row['share']):.1f} %)"


def _of_boxes(row: dict[str, str]) -> str:
    share = f"{100 * float(row['share']):.1f} %"
    return f"{int(row['boxes']):,} ({share}) in {int(row['images']):,} images"


def _of_pixels(row: dict[str, str]) -> str:
    low, high = (metric_text("share", row[end]) for end in ("lowest", "highest"))
    return f"{metric_text('share', row['share'])} ({range_text(low, high)})"
