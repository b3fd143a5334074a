"""``dlia detect``: the boxes that a trained detector predicts in a folder of new photographs."""

import argparse
import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dlia.errors import UserError, listing
from dlia.formatting import metric_text, table_text
from dlia.runtime.terminal import warn
from dlia.study.origins import STANDIN_WEIGHTS
from dlia.study.settings import BoxPrediction

if TYPE_CHECKING:  # They take seconds to import, which `dlia --help` need not wait for.
    import numpy as np
    from PIL import Image

    from dlia.data.boxes import Annotated

_SUFFIXES = (".jpg", ".jpeg", ".png")
_COLUMNS = ("file", "class", "score", "x1", "y1", "x2", "y2")
# Colours of the boxes in the pictures, in turn.
_COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#D55E00", "#CC79A7", "#0072B2", "#FFFFFF")


class Found(NamedTuple):
    """The boxes that are predicted in a photograph.

    Attributes:
        name: The file's name.
        size: Its height and width in pixels.
        boxes: (n, 6): corners in its own pixels, score and class.
    """

    name: str
    size: tuple[int, int]
    boxes: "np.ndarray"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of ``dlia``."""
    parser = commands.add_parser(
        "detect",
        help="apply a trained detector to a folder of photographs",
        description="Writes the boxes that a trained detector predicts in new photographs, as a\n"
        "table and as pictures, and the average precision where annotations are given.",
        epilog="example: %(prog)s results/wildlife3_3/fine_tuned/model.safetensors new",
    )
    parser.add_argument("model", type=Path, help="the model file of a variant")
    parser.add_argument("folder", type=Path, help="the folder with the photographs (JPEG or PNG)")
    parser.add_argument(
        "--annotations", type=Path, metavar="COCO.json", help="the true boxes, as a COCO file"
    )
    parser.add_argument(
        "--trial", type=int, default=0, help="the trial whose network is applied, from 0"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("detected"),
        metavar="FOLDER",
        help="where the table and the pictures go; by default detected/",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Detect objects in every photograph of the folder."""
    if arguments.out.resolve() == arguments.folder.resolve():
        raise UserError(f"--out: {arguments.out} has the photographs; give another folder")
    if arguments.out.exists() and not arguments.out.is_dir():
        raise UserError(f"--out: {arguments.out} is a file; give a folder")
    classes = classes_of(arguments.model)
    if note := _note_on_weights(arguments.model):
        warn(note)
    files, faults = photographs_in(arguments.folder), list[str]()
    annotations = arguments.annotations
    said = annotated(annotations, files, classes) if annotations else {}
    found = write_boxes(
        detect(arguments.model, arguments.trial, files, faults), classes, arguments.out
    )
    count = sum(len(each.boxes) for each in found)
    print(f"{count} boxes in {len(found)} photographs: {arguments.out / 'boxes.csv'}")
    if annotations and found:
        print(table_text(precision_rows(found, said, annotations, classes), ["class", "AP50"]))
    if faults:
        text = f"{len(faults)} of {len(files)} files cannot be used; the others are done"
        raise UserError(f"{text}:\n{listing(faults)}")


def classes_of(model: Path) -> list[str]:
    """Give the names of the classes of a variant's model.

    Raises:
        UserError: It is no model of a detector, or one that does not name its classes.
    """
    from safetensors import SafetensorError

    from dlia.models.store import read_description

    if not model.is_file():
        raise UserError(
            f"{model}: no such file; give results/<exercise>/<variant>/model.safetensors"
        )
    try:
        description = read_description(model)
    except (KeyError, TypeError, ValueError, SafetensorError):
        raise UserError(f"{model}: is no model that this workflow wrote") from None
    if not description.model.boxed:
        raise UserError(f"{model}: its network gives no boxes; give the model of a detector")
    if not description.classes:
        raise UserError(f"{model}: was written before models named their classes; train it again")
    return description.classes


def _note_on_weights(model: Path) -> str:
    """Give a note on what a variant's training rests on, if that is no real data, else ""."""
    try:
        record = json.loads((model.parent / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return f"this detector began with {STANDIN_WEIGHTS}" * (
        record.get("weights") == STANDIN_WEIGHTS
    )


def prediction_of(model: Path) -> BoxPrediction:
    """Give which boxes a variant predicts: as the build did beside its model, or the defaults."""
    from dlia.evaluation.predictions import read_predictions

    file = model.parent / "predictions.safetensors"
    stated = read_predictions(file).prediction.get("boxes") if file.is_file() else None
    return BoxPrediction.model_validate(stated or {})


def photographs_in(folder: Path) -> list[Path]:
    """List the photographs in a folder, sorted by name.

    Raises:
        UserError: There is none.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    if not found:
        raise UserError(f"{folder}: no photographs in it; files ending in {', '.join(_SUFFIXES)}")
    return found


def detect(
    model: Path, trial: int, files: list[Path], faults: list[str]
) -> Iterator[tuple[Found, "Image.Image"]]:
    """Predict the boxes in one photograph after another, as a build does in its test part.

    Args:
        model: The model file of a variant.
        trial: The trial whose network is applied.
        files: The photographs.
        faults: Gets the files that cannot be used, each with the reason.

    Raises:
        UserError: There is no such trial.
    """
    import numpy as np
    import torch

    from dlia.data.offences import EntryError
    from dlia.data.photographs import FRAME, decode_photograph, fit
    from dlia.models.anchors import detections
    from dlia.models.store import load_models, read_description

    description = read_description(model)
    channels, height, width = description.image_shape
    networks = load_models(model)
    count = len(description.trials)
    if not 0 <= trial < count:
        raise UserError(f"{model}: has no trial {trial}; it has 0 to {count - 1}")
    for _ in range(trial + 1):
        network = next(networks)
    network.eval()
    options = prediction_of(model)
    for file in files:
        try:
            image = decode_photograph(file.read_bytes(), channels)
        except (EntryError, OSError) as fault:
            faults.append(f"{file}: {getattr(fault, 'strerror', None) or fault}")
            continue
        frame = np.full((height, width, channels), FRAME, np.uint8)
        scale = fit(image, (height, width), frame)
        with torch.no_grad():
            shown = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / description.divide_by
            boxes = detections(network(shown), (height, width), options)[0].numpy()
        boxes = boxes[boxes[:, 5] >= 0]
        boxes[:, :4] = np.clip(boxes[:, :4] / scale, 0, [image.width, image.height] * 2)
        yield Found(file.name, (image.height, image.width), boxes), image


def write_boxes(
    found: Iterable[tuple[Found, "Image.Image"]], classes: list[str], folder: Path
) -> list[Found]:
    """Write boxes.csv, and each photograph with its boxes that are likely; give all boxes."""
    from dlia.runtime.files import write_bytes, write_text
    from dlia.tasks.detection.matching import SURE

    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(_COLUMNS)
    kept, used = [], set[str]()
    for each, image in found:
        kept.append(each)
        stem = Path(each.name).stem
        picture_name = f"{each.name if stem in used else stem}.png"
        used.add(stem)
        for *corners, score, label in each.boxes.tolist():
            numbers = [f"{value:.1f}" for value in corners]
            rows.writerow([each.name, named(int(label), classes), f"{score:.4f}", *numbers])
        picture = _with_boxes(image, each.boxes[each.boxes[:, 4] >= SURE], classes)
        encoded = io.BytesIO()
        picture.save(encoded, "PNG")
        write_bytes(folder / picture_name, encoded.getvalue())
    write_text(folder / "boxes.csv", table.getvalue())
    return kept


def _with_boxes(image: "Image.Image", boxes: "np.ndarray", classes: list[str]) -> "Image.Image":
    """Return a photograph with its boxes; the likelier a box is, the later it is drawn."""
    import numpy as np
    from PIL import ImageDraw

    picture = image.convert("RGB")
    draw = ImageDraw.Draw(picture)
    rows = [
        (corners, f"{named(int(label), classes)} {score:.2f}", _COLOURS[int(label) % len(_COLOURS)])
        for *corners, score, label in boxes[np.argsort(boxes[:, 4], kind="stable")].tolist()
    ]
    # Names stand above the boxes, on a ground of their own, and never hide the edge of a box.
    for (left, top, *_), words, colour in rows:
        place = (left + 3, max(top - 14, 2))
        x1, y1, x2, y2 = draw.textbbox(place, words)
        draw.rectangle([x1 - 3, y1 - 2, x2 + 3, y2 + 2], fill=colour)
        draw.text(place, words, fill="black")
    for corners, _, colour in rows:
        draw.rectangle(corners, outline=colour, width=2)
    return picture


def named(label: int, classes: list[str]) -> str:
    """Give the name of a class; a network may have one more output for all others."""
    return classes[label] if label < len(classes) else "another class"


def annotated(annotations: Path, files: list[Path], classes: list[str]) -> "dict[str, Annotated]":
    """Read the true boxes of photographs, by their names.

    Raises:
        UserError: The annotations cannot be used, or lack a photograph.
    """
    from dlia.data.layouts.coco import coco_boxes, read_coco
    from dlia.data.offences import EntryError

    try:
        by_path, faults = coco_boxes(read_coco(annotations.read_bytes()), tuple(classes))
    except (EntryError, OSError) as fault:
        raise UserError(f"{annotations}: {getattr(fault, 'strerror', None) or fault}") from None
    if faults:
        raise UserError(f"{annotations}:\n{listing([str(fault) for fault in faults])}")
    counts = Counter(Path(path).name for path in by_path)
    wanted = [file.name for file in files]
    if twice := [name for name in wanted if counts[name] > 1]:
        raise UserError(f"{annotations}: lists these photographs in two folders:\n{listing(twice)}")
    if absent := [name for name in wanted if not counts[name]]:
        raise UserError(f"{annotations}: lists no boxes of these photographs:\n{listing(absent)}")
    by_name = {Path(path).name: said for path, said in by_path.items()}
    if left_out := [f"{name}: {box}" for name in wanted for box in by_name[name].left_out]:
        warn(f"{annotations}: these boxes do not count:\n{listing(left_out)}")
    return by_name


def precision_rows(
    found: list[Found], said: "dict[str, Annotated]", annotations: Path, classes: list[str]
) -> list[tuple[str, str]]:
    """Give the average precision of every class, and its mean, as text.

    Args:
        found: The predicted boxes.
        said: The true ones, by the names of the photographs.
        annotations: The file that they are from.
        classes: The names of the classes.

    Raises:
        UserError: A box lies outside its photograph, or a photograph has another size.
    """
    import numpy as np

    from dlia.data.boxes import flat, places
    from dlia.data.offences import EntryError
    from dlia.data.photographs import within

    true, faults = [], list[str]()
    for each in found:
        try:
            true.append(within(said[each.name], each.size, classes)[0])
        except EntryError as fault:
            faults.append(f"{each.name}: {fault}")
    if faults:
        raise UserError(f"{annotations}:\n{listing(faults)}")
    from dlia.tasks.detection.average_precision import average_precision, mean_of_classes

    truth = places(flat(true), len(found))
    most = max(len(each.boxes) for each in found)
    predicted = np.full((len(found), max(1, most), 6), -1.0, np.float32)
    for row, each in enumerate(found):
        predicted[row, : len(each.boxes)] = each.boxes
    values = average_precision(predicted, truth, len(classes)).ap50
    rows = [
        (name, "no box" if np.isnan(value) else metric_text("ap", value))
        for name, value in zip(classes, values, strict=True)
    ]
    return [*rows, ("mean", metric_text("ap", mean_of_classes(values)))]
