"""What the models of settings cannot say: which settings go together."""

from collections.abc import Iterator

from dlia.study.data_block import Data
from dlia.study.document import Document
from dlia.study.layout_blocks import CLASS, LabelledFiles, MaskedFiles, MaskValues
from dlia.study.layout_volumes import FEWEST_SLICES, VOLUMES, NiftiVolumes
from dlia.study.messages import Problem
from dlia.study.part_names import TRAIN, VALIDATION
from dlia.study.path_template import Template, spelt
from dlia.study.settings import (
    Cnn,
    CopyChanges,
    CrossEntropy,
    Detector,
    Ema,
    Mlp,
    NoAugmentation,
    OneCycle,
    Optimizer,
    Rprop,
    Segnet,
    Settings,
    Sgd,
)
from dlia.study.task import Task


def study_problems(study: Document, task: Task) -> list[Problem]:
    """Compare the parts of a study file with each other; an empty list means that they agree."""
    data, standin = study.data, study.data.standin
    problems = []
    if data.layout_name not in task.layouts:
        text = f"{data.layout_name} gives no targets for a {task}"
        problems.append(Problem("data.layout", text))
    elif standin.kind not in (own := _standins_of(data, task)):
        text = f"{standin.kind} do not have the layout {data.layout_name}; {own[0]} do"
        problems.append(Problem("data.standin.kind", text))
    if len(data.classes) == 1 and not task.boxed:
        problems.append(Problem("data.classes", f"a {task} needs two classes"))
    if not isinstance(data.layout, str):
        problems += [Problem(f"data.layout.{p.path}", p.message) for p in data.layout.problems()]
    problems += _form_problems(data, task)
    if data.download:
        problems += [
            Problem(f"data.download.{p.path}", p.message) for p in data.download.problems()
        ]
    problems += _part_problems(data)
    problems += _mask_problems("data.layout.mask", data.layout, len(data.classes))
    if not problems:
        problems += [Problem("data.classes", text) for text in _class_problems(data)]
    return problems + _standin_problems(data, task)


def _standins_of(data: Data, task: Task) -> tuple[str, ...]:
    """Return the kinds of stand-ins that a layout can have."""
    drawn = task.layouts[data.layout_name]
    return (drawn,) if data.layout_name == VOLUMES else ("shapes", drawn)


def _part_problems(data: Data) -> Iterator[Problem]:
    """Check that the validation part is stated once, and that every class has a number."""
    if not data.has_validation:
        if data.validation is None:
            yield Problem("data.validation", "is missing: the share that is held out, such as 0.2")
    elif data.validation is not None:
        yield Problem("data.validation", "data.layout names the validation part; remove this key")
    if not isinstance(data.layout, NiftiVolumes):
        return
    standin = data.standin
    volumes = len(data.layout.train) + len(data.layout.validation)
    for key, slices, count in (
        ("train", standin.train, volumes),
        ("test", standin.test, len(data.layout.test)),
    ):
        if slices < FEWEST_SLICES * count:
            text = f"{slices} slices are fewer than {FEWEST_SLICES} for each of {count} volumes"
            yield Problem(f"data.standin.{key}", text)
    if len(data.layout.labels) != len(data.classes):
        text = f"has {len(data.layout.labels)} numbers for {len(data.classes)} classes"
        yield Problem("data.layout.labels", text)
    if data.channels != 1:
        yield Problem("data.channels", "is 1 for volumes")


def _form_problems(data: Data, task: Task) -> Iterator[Problem]:
    """Say what is wrong with the layouts of other releases."""
    for number, form in enumerate(data.forms):
        place = f"data.forms.{number}.layout"
        if form.layout_name not in task.layouts:
            yield Problem(place, f"{form.layout_name} gives no targets for a {task}")
        if not isinstance(form.layout, str):
            for problem in form.layout.problems():
                yield Problem(f"{place}.{problem.path}", problem.message)
        yield from _mask_problems(f"{place}.mask", form.layout, len(data.classes))


def _mask_problems(place: str, layout: object, classes: int) -> Iterator[Problem]:
    """Say which reading of masks does not fit the number of classes."""
    reading = layout.mask if isinstance(layout, MaskedFiles) else None
    if reading == "nonzero" and classes != 2:
        yield Problem(place, f"nonzero tells two classes apart, not {classes}")
    elif isinstance(reading, MaskValues) and len(reading.values) != classes:
        yield Problem(place, f"has {len(reading.values)} values for {classes} classes")


def _class_problems(data: Data) -> Iterator[str]:
    """Say which classes cannot be told by their names in an archive."""
    forms = []
    if isinstance(data.layout, LabelledFiles) and data.layout.classes_as == "names":
        forms = [Template(data.layout.part(part).images) for part in data.layout.parts]
    elif data.layout_name == "class_folders":
        forms = [Template(f"<{CLASS}>/<name>.png")]
    else:
        return
    known: dict[str, str] = {}
    for name in data.classes:
        other = known.setdefault(spelt(name), name)
        if other != name:
            yield f"{name} and {other} are equal, because case does not tell names apart"
        if name != name.strip():
            yield f"{name!r} begins or ends with a blank"
        for form in forms:
            read = form.match(form.fill({**dict.fromkeys(form.names, "0"), CLASS: name}))
            if CLASS in form.names and (read is None or read[CLASS] != spelt(name)):
                yield f"{name} cannot be read from a path of the form {form.text}; rename the class"
                break


def _standin_problems(data: Data, task: Task) -> list[Problem]:
    """Name what a stand-in cannot have, and parts that are too small to show every class."""
    standin = data.standin
    problems = []
    shown, each = 0, 1
    if standin.kind == "digits":
        shown = 10
    elif standin.kind == "shapes":
        shown = len(data.classes) - task.per_pixel
        each = standin.objects if task.per_pixel or task.boxed else 1
    elif standin.kind == "ellipsoids":
        shown = len(data.classes)
    if standin.kind != "shapes":
        alone = {"group": standin.group, "objects": standin.objects}
        text = f"{standin.kind} have none; shapes do"
        problems += [Problem(f"data.standin.{key}", text) for key in alone if alone[key] != 1]
    elif standin.objects > 1 and not (task.per_pixel or task.boxed):
        text = f"is for masks and boxes; an image of a {task} shows one object"
        problems.append(Problem("data.standin.objects", text))
    problems += [
        Problem(f"data.standin.{part}", f"{count} images cannot show all {shown} classes")
        for part, count in (("train", standin.train), ("test", standin.test))
        if count * each < shown
    ]
    return problems


def settings_problems(settings: Settings, study: Document, task: Task) -> list[Problem]:
    """Compare a variant's settings with its study; an empty list means that they agree."""
    return [
        *_model_problems(settings, study, task),
        *_training_problems(settings, study, task),
        *_image_problems(settings, study, task),
        *_optimizer_problems(settings),
        *_by_hand_problems(settings),
        *_prediction_problems(settings, study),
        *task.faults(settings, study),
    ]


def _model_problems(settings: Settings, study: Document, task: Task) -> list[Problem]:
    model = settings.model
    if (model.per_pixel, model.boxed) != (task.per_pixel, task.boxed):
        return [Problem("model.name", f"{model.name} is no network for a {task}")]
    strange = settings.initialization.layers.plain().keys() - model.kinds
    if strange:
        text = f"{model.name} has no such layers; it has {', '.join(sorted(model.kinds))}"
        return [Problem(f"initialization.layers.{kind}", text) for kind in sorted(strange)]
    if isinstance(model, Mlp | Detector):
        return _detector_problems(model, study) if isinstance(model, Detector) else []
    if isinstance(model, Cnn) and (problems := _dropout_problems(model) or _level_problems(model)):
        return problems
    if isinstance(model, Segnet):
        return _segnet_problems(model, settings, study)
    channels = [study.data.channels, *model.channels]
    if model.residual and channels != sorted(channels):
        text = f"channels {channels[1:]} after {channels[0]}: what bridges a block cannot shrink"
        return [Problem("model.residual", text)]
    halvings = sum(level.pooled for level in model.levels())
    sides = settings.input.crop or [*study.data.size, study.data.standin.size]
    if settings.sampling:
        sides = [settings.sampling.patch]
    if model.per_pixel and any(side % 2**halvings for side in sides):
        text = (
            f"{halvings} times pooling needs sides that are multiples of {2**halvings}, not {sides}"
        )
        return [Problem("model.channels", text)]
    left = [side for convolved, pooled in model.sides(min(sides)) for side in (*convolved, pooled)]
    if min(left) < 1:
        text = f"{halvings} times pooling leaves nothing of images with sides of {min(sides)}"
        if isinstance(model, Cnn) and model.padding == "none":
            return [Problem("model.padding", f"none, and {text}")]
        return [Problem("model.channels", text)]
    return []


def _detector_problems(model: Detector, study: Document) -> list[Problem]:
    sides, least = [*study.data.size, study.data.standin.size], model.least_side
    if study.data.channels != 3:
        return [Problem("model.name", f"{model.name} needs images with three channels (RGB)")]
    if min(sides) < least:
        text = f"{model.name} needs images with sides of {least} pixels or more, not {sides}"
        return [Problem("model.name", text)]
    return []


def _segnet_problems(model: Segnet, settings: Settings, study: Document) -> list[Problem]:
    """Name blocks that are not there, what cannot be unpooled, and sides that cannot be halved."""
    number = len(model.channels)
    if len(model.convolutions) != number:
        text = f"has {len(model.convolutions)} entries for {number} blocks (model.channels)"
        return [Problem("model.convolutions", text)]
    if beyond := [level for level in model.pooled_levels if level > number]:
        text = f"there is no block {beyond[0]}: model.channels has {number}"
        return [Problem("model.pooled_levels", text)]
    if others := [level for level in model.skip if level not in model.pooled_levels]:
        text = f"no down-sampling follows block {others[0]}, around which a connection could skip"
        return [Problem("model.skip", text)]
    if model.upsampling == "unpooling" and model.downsampling != "max_pooling":
        text = "unpooling puts values where max pooling found them; write transposed"
        return [Problem("model.upsampling", text)]
    factor = 2 ** len(model.pooled_levels)
    sides = settings.input.crop or [*study.data.size, study.data.standin.size]
    if settings.sampling:
        sides = [settings.sampling.patch]
    if any(side % factor for side in sides):
        text = f"{len(model.pooled_levels)} times down-sampling needs sides that are multiples of "
        return [Problem("model.pooled_levels", f"{text}{factor}, not {sides}")]
    return []


def _dropout_problems(model: Cnn) -> list[Problem]:
    """Name a place of dropout that the network does not have, or whose channels do not exist."""
    dropout = model.dropout
    if dropout.place in ("hidden", "everywhere") and not model.hidden:
        text = f"{dropout.place} needs hidden fully connected layers; state model.hidden"
        return [Problem("model.dropout.place", text)]
    if dropout.of == "channels" and model.hidden and dropout.place != "convolutions":
        text = "channels: fully connected layers have none; write units, or place: convolutions"
        return [Problem("model.dropout.of", text)]
    return []


def _level_problems(model: Cnn) -> list[Problem]:
    """Name what is stated of levels that are not there, or cannot be combined."""
    number = len(model.channels)
    if model.filter_sizes and len(model.filter_sizes) != number:
        text = f"has {len(model.filter_sizes)} entries for {number} levels (model.channels)"
        return [Problem("model.filter_sizes", text)]
    beyond = [level for level in model.pooled_levels or [] if level > number]
    if beyond:
        text = f"there is no level {beyond[0]}: model.channels has {number}"
        return [Problem("model.pooled_levels", text)]
    if model.residual and model.padding == "none":
        text = "what bridges a block needs padding: same, so that sizes stay equal"
        return [Problem("model.residual", text)]
    return []


def _training_problems(settings: Settings, study: Document, task: Task) -> list[Problem]:
    problems = []
    if settings.epochs == 0 and not task.boxed:
        problems.append(Problem("epochs", f"a {task} is trained for at least 1"))
    if settings.held_out_fold is not None and study.data.has_validation:
        text = "data.layout names the validation part, so that there are no folds; remove it"
        problems.append(Problem("held_out_fold", text))
    if settings.split and not getattr(study.data.layout, "group", ""):
        text = "is for data whose layout states a group; remove it"
        problems.append(Problem("split", text))
    if settings.split and (settings.held_out_fold is not None or settings.fit != "train"):
        text = "goes with fit: train, and without folds, as they are made of whole groups"
        problems.append(Problem("split", text))
    if TRAIN not in settings.monitor:
        problems.append(Problem("monitor", "lacks train, which tells whether a trial diverged"))
    if settings.fit == "train+validation" and settings.held_out_fold is not None:
        text = "train+validation leaves no fold out; write train"
        problems.append(Problem("fit", text))
    if settings.fit == "train+validation" and VALIDATION in settings.monitor:
        text = (
            "fit: train+validation leaves no validation images; write [train], or "
            "[train, test] if the source draws curves of its test images"
        )
        problems.append(Problem("monitor", text))
    elif settings.select == "best_validation" and VALIDATION not in settings.monitor:
        text = "best_validation needs validation images in monitor; write last or monitor them"
        problems.append(Problem("select", text))
    return problems


def _image_problems(settings: Settings, study: Document, task: Task) -> list[Problem]:
    """Check what is done to images: the crop and the augmentation."""
    problems = []
    if study.data.layout_name != VOLUMES:
        stated = {"sampling": settings.sampling, "input.scaling": settings.input.scaling}
        text = f"is for slices of volumes (layout {VOLUMES}); remove it"
        problems += [Problem(path, text) for path, value in stated.items() if value]
    elif settings.sampling and settings.sampling.patch > study.data.standin.size:
        text = f"is more than a slice of the stand-in has: {study.data.standin.size}"
        problems.append(Problem("sampling.patch", text))
    if crop := settings.input.crop:
        least = [min(side, study.data.standin.size) for side in study.data.size]
        if task.per_pixel:
            problems.append(Problem("input.crop", f"would cut the masks of a {task}; remove it"))
        elif any(side > most for side, most in zip(crop, least, strict=True)):
            text = f"{crop[0]}x{crop[1]} is more than the images have: {least[0]}x{least[1]}"
            problems.append(Problem("input.crop", text))
    problems += _copy_problems(settings)
    augmentation = settings.augmentation
    if isinstance(augmentation, NoAugmentation):
        return problems
    height, width = study.data.size
    left = {"name", "border", "elastic", "flip_classes", "jitter"}
    changes = [
        *augmentation.model_dump(exclude=left).values(),
        augmentation.elastic.displacement,
        *(augmentation.jitter.model_dump().values() if augmentation.jitter else ()),
    ]
    if augmentation.quarter_turns and height != width:
        text = f"images of {height}x{width} pixels do not fit a quarter turn"
        problems.append(Problem("augmentation.quarter_turns", text))
    elif not any(changes):
        text = "changes nothing; state a change, or name: none"
        problems.append(Problem("augmentation", text))
    if augmentation.jitter and study.data.channels != 3:
        problems.append(Problem("augmentation.jitter", "is for images with three channels (RGB)"))
    if augmentation.flip_classes is not None:
        place = "augmentation.flip_classes"
        most = len(study.data.classes) - 1
        if task.per_pixel or not augmentation.horizontal_flip:
            text = "goes with horizontal_flip: true of images that have a class"
            problems.append(Problem(place, text))
        elif beyond := [number for number in augmentation.flip_classes if number > most]:
            text = f"there is no class {beyond[0]}: the last of data.classes is number {most}"
            problems.append(Problem(place, text))
    return problems


def _copy_problems(settings: Settings) -> list[Problem]:
    """Name fixed copies without their measure, and measures without copies."""
    measures = settings.copies.plain() if settings.copies else {}
    needed = [name for name in settings.add_copies if name in CopyChanges.model_fields]
    return [
        *(
            Problem("add_copies", f"{name} needs its measure; state copies: {{{name}: ...}}")
            for name in needed
            if name not in measures
        ),
        *(
            Problem(f"copies.{name}", f"add_copies has no {name}; add it, or remove this")
            for name in measures
            if name not in needed
        ),
    ]


def _optimizer_problems(settings: Settings) -> list[Problem]:
    problems = []
    optimizer, schedule = settings.optimizer, settings.schedule
    if (
        isinstance(optimizer, Sgd)
        and optimizer.nesterov
        and (not optimizer.momentum or optimizer.dampening)
    ):
        text = "Nesterov's momentum needs a momentum above 0 and no dampening"
        problems.append(Problem("optimizer.nesterov", text))
    if isinstance(optimizer, Rprop):
        low, high = optimizer.step_sizes
        if low > high:
            text = f"the smallest, {low}, is above the largest, {high}"
            problems.append(Problem("optimizer.step_sizes", text))
        if schedule.name != "constant":
            text = "rprop finds its own step sizes; write schedule: {name: constant}"
            problems.append(Problem("schedule.name", text))
    elif isinstance(schedule, OneCycle):
        problems += _one_cycle_problems(optimizer, schedule)
    return problems


def _one_cycle_problems(optimizer: Optimizer, schedule: OneCycle) -> list[Problem]:
    problems = []
    if schedule.cycle_momentum and isinstance(optimizer, Sgd) and not optimizer.momentum:
        text = f"{optimizer.name} has no momentum here; write cycle_momentum: false"
        problems.append(Problem("schedule.cycle_momentum", text))
    low, high = schedule.base_momentum, schedule.max_momentum
    if low > high:
        problems.append(Problem("schedule.base_momentum", f"{low} is above max_momentum, {high}"))
    if schedule.three_phase and schedule.pct_start > 0.5:
        text = "three phases of which two are equal leave at most 0.5 for the first"
        problems.append(Problem("schedule.pct_start", text))
    return problems


def _by_hand_problems(settings: Settings) -> list[Problem]:
    """Name what the network written out in NumPy does not have."""
    if not settings.by_hand:
        return []
    optimizer = settings.optimizer
    plain = isinstance(optimizer, Sgd) and not (
        optimizer.momentum or optimizer.weight_decay or optimizer.nesterov
    )
    needs = {
        "model.name": (isinstance(settings.model, Mlp), "mlp"),
        "optimizer": (plain, "plain sgd"),
        "schedule.name": (settings.schedule.name == "constant", "constant"),
        "loss": (
            settings.loss == CrossEntropy(name="cross_entropy"),
            "cross_entropy without smoothing",
        ),
        "averaging.name": (not isinstance(settings.averaging, Ema), "none"),
        "gradient_norms": (not settings.gradient_norms, "false"),
    }
    return [
        Problem(path, f"gradients: by_hand can only do {possible} here")
        for path, (holds, possible) in needs.items()
        if not holds
    ]


def _prediction_problems(settings: Settings, study: Document) -> list[Problem]:
    height, width = study.data.size
    if settings.prediction.views == "dihedral" and height != width:
        text = f"images of {height}x{width} pixels do not fit a quarter turn; flips do"
        return [Problem("prediction.views", text)]
    if batches := settings.prediction.batch_statistics:
        if not getattr(settings.model, "batch_norm", False):
            text = "needs a network with batch normalisation (model.batch_norm: true)"
            return [Problem("prediction.batch_statistics", text)]
        if settings.prediction.views != "none":
            return [Problem("prediction.views", "does not go with batch_statistics; write none")]
        if batches.order == "class" and settings.model.per_pixel:
            text = "class: images with masks have no class; write id"
            return [Problem("prediction.batch_statistics.order", text)]
    return []
