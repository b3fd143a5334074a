"""For every key of the settings, cases in which it alone changes, where it applies."""

from collections.abc import Callable
from typing import Any

from sweep import Case, sweep

DIGITS: dict[str, Any] = {
    "trials": 1,
    "model": {"name": "mlp", "hidden": [8]},
    "loss": {"name": "cross_entropy"},
    "optimizer": {"name": "sgd", "learning_rate": 0.1},
    "batch_size": 8,
    "epochs": 2,
}
MAPS = {**DIGITS, "model": {"name": "cnn", "channels": [4, 6]}}
BY_HAND = {**DIGITS, "gradients": "by_hand"}
GLANDS = {
    **DIGITS,
    "model": {"name": "fcn", "channels": [4, 6]},
    "loss": {"name": "binary_cross_entropy"},
    "prediction": {"threshold": 0.5},
}
UNET = {**GLANDS, "model": {"name": "unet", "channels": [4, 6]}}
SEGNET = {
    **GLANDS,
    "model": {"name": "segnet", "channels": [4, 6], "convolutions": [1, 1], "pooled_levels": [1]},
}
ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "none")
SGD = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}
ADAM = {"name": "adam", "learning_rate": 0.01}
RPROP = {"name": "rprop", "learning_rate": 0.01}
BOTH_LOSSES = {"name": "binary_cross_entropy_and_soft_dice"}
NO, YES = False, True


def _of_networks() -> list[Case]:
    dropped = {"dropout": {"rate": 0.5}}
    shared = [
        case
        for on in (MAPS, GLANDS, UNET)
        for case in (
            *sweep("model.channels", [4, 6], [4, 8], [4, 8, 8], on=on),
            *sweep("model.convolutions", 1, 2, on=on),
            *sweep("model.batch_norm", NO, YES, on=on),
            *sweep("model.activation", *ACTIVATIONS, on=on),
            *sweep("model.dropout.rate", 0, 0.5, 0.2, on=on),
            *sweep("model.dropout.of", "units", "channels", on=on, model=dropped),
            *sweep("model.dropout.place", "convolutions", "output", on=on, model=dropped),
        )
    ]
    places = ("before_pooling", "after_pooling")
    levels = [
        case
        for on in (MAPS, GLANDS)
        for case in (
            *sweep("model.residual", NO, YES, on=on),
            *sweep("model.activation_place", *places, on=on),
        )
    ]
    dense = {**MAPS, "model": {**MAPS["model"], "hidden": [8]}}
    return [
        *sweep("model.hidden", [8], [9], [9, 8], on=dense),
        *sweep(
            "model.dropout.place",
            "convolutions",
            "hidden",
            "everywhere",
            "output",
            on=dense,
            model=dropped,
        ),
        *sweep("model.name", DIGITS["model"], MAPS["model"], on=DIGITS),
        *sweep("model.name", GLANDS["model"], {**UNET["model"], "convolutions": 1}, on=GLANDS),
        *sweep("model.hidden", [8], [9], [9, 8], on=DIGITS),
        *sweep("model.activation", *ACTIVATIONS, on=DIGITS),
        *shared,
        *levels,
        *sweep("model.filter_sizes", [3, 3], [1, 5], [5, 1], [7, 9], [11, 3], on=MAPS),
        *sweep("model.padding", "same", "none", on=MAPS),
        *sweep("model.pooled_levels", [1], [2], [1, 2], on=MAPS),
        *sweep("model.upsampling", "bilinear", "nearest", "transposed", on=UNET),
        *sweep("model.skip", NO, YES, on=GLANDS),
        *sweep("model.upsampling_filter", 2, 3, 4, on=GLANDS),
        *sweep("model.channels", [4, 6], [4, 8], on=SEGNET),
        *sweep("model.convolutions", [1, 1], [1, 2], on=SEGNET),
        *sweep("model.pooled_levels", [1], [2], [1, 2], on=SEGNET),
        *sweep("model.upsampling", "unpooling", "transposed", on=SEGNET),
        *sweep(
            "model.downsampling",
            "max_pooling",
            "strided",
            on=SEGNET,
            model={"upsampling": "transposed"},
        ),
        *sweep("model.skip", [], [1], on=SEGNET),
        *sweep("model.softmax", NO, YES, on=SEGNET),
        *sweep("model.batch_norm", NO, YES, on=SEGNET),
        *sweep("model.activation", *ACTIVATIONS, on=SEGNET),
    ]


def _of_starts() -> list[Case]:
    kinds = {"convolution": MAPS, "transposed_convolution": GLANDS, "linear": DIGITS}
    cases = _of_start("initialization", MAPS, lambda start: start)
    for kind, on in kinds.items():

        def within(start: Any, kind: str = kind) -> Any:
            return {"name": "he_normal", "layers": {kind: start}}

        cases += _of_start(f"initialization.layers.{kind}", on, within)
    return cases


def _of_start(block: str, on: dict[str, Any], within: Callable[[Any], Any]) -> list[Case]:
    """Change how weights start; ``within`` puts that in its place."""
    drawn, normal = {"name": "he_normal"}, {"name": "normal", "std": 0.1}
    constant = {"name": "constant", "value": 0.1}
    names = ("framework", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal")
    biases = ("zeros", "framework")
    return [
        *sweep(
            f"{block}.name", *names, normal, constant, "zeros", on=on, initialization=within({})
        ),
        *sweep(f"{block}.biases", *biases, on=on, initialization=within(drawn)),
        *sweep(f"{block}.biases", *biases, on=on, initialization=within(normal)),
        *sweep(f"{block}.biases", *biases, on=on, initialization=within(constant)),
        *sweep(f"{block}.std", 0.1, 0.2, on=on, initialization=within(normal)),
        *sweep(f"{block}.value", 0.1, 0.2, on=on, initialization=within(constant)),
    ]


def _of_losses() -> list[Case]:
    names = ("cross_entropy", "binary_cross_entropy", "soft_dice", BOTH_LOSSES["name"])
    return [
        *sweep("loss.name", *names, on=GLANDS),
        *sweep("loss.label_smoothing", 0, 0.1, on=DIGITS),
        *sweep("loss.label_smoothing", 0, 0.1, on=GLANDS),
        *sweep("loss.label_smoothing", 0, 0.1, on=GLANDS, loss=BOTH_LOSSES),
        *sweep("loss.smooth", 1, 10, on=GLANDS, loss={"name": "soft_dice"}),
        *sweep("loss.smooth", 1, 10, on=GLANDS, loss=BOTH_LOSSES),
        *sweep("loss.dice_weight", 1, 2, on=GLANDS, loss=BOTH_LOSSES),
    ]


def _of_optimizers() -> list[Case]:
    adamw = {**ADAM, "name": "adamw"}
    etas = ([0.5, 1.2], [0.4, 1.2], [0.4, 1.5])
    step_sizes = ([1e-6, 50], [0.008, 50], [0.008, 0.011])
    betas = ([0.9, 0.999], [0.8, 0.999], [0.8, 0.99])
    cases = [
        *sweep("optimizer.name", "sgd", "adam", on=DIGITS),
        *sweep("optimizer.name", "adam", "adamw", on=DIGITS, optimizer={"weight_decay": 0.1}),
        *sweep("optimizer.name", "adam", "rprop", on=DIGITS),
        *sweep("optimizer.momentum", 0, 0.9, on=DIGITS),
        *sweep("optimizer.dampening", 0, 0.5, on=DIGITS, optimizer=SGD),
        *sweep("optimizer.nesterov", NO, YES, on=DIGITS, optimizer=SGD),
        *sweep("optimizer.etas", *etas, on=DIGITS, optimizer=RPROP),
        *sweep("optimizer.step_sizes", *step_sizes, on=DIGITS, optimizer=RPROP),
    ]
    for rule in (SGD, ADAM, adamw, RPROP):
        cases += sweep("optimizer.learning_rate", 0.1, 0.05, on=DIGITS, optimizer=rule)
    for rule in (SGD, ADAM, adamw):
        decayed = {**rule, "weight_decay": 0.1}
        cases += sweep("optimizer.weight_decay", 0, 0.1, on=DIGITS, optimizer=rule)
        cases += sweep("optimizer.weight_decay_on", "all", "kernels", on=DIGITS, optimizer=decayed)
    for rule in (ADAM, adamw):
        # AMSGrad keeps the largest square of the gradient: it differs where others forget.
        forgetful = {**rule, "betas": [0.9, 0.1]}
        cases += sweep("optimizer.betas", *betas, on=DIGITS, optimizer=rule)
        cases += sweep("optimizer.eps", 1e-8, 1e-3, on=DIGITS, optimizer=rule)
        cases += sweep("optimizer.amsgrad", NO, YES, on=DIGITS, optimizer=forgetful)
    return cases


def _of_schedules() -> list[Case]:
    stepped = {"name": "step", "step_size": 1, "gamma": 0.5}
    cycle = {"on": DIGITS, "optimizer": SGD, "schedule": {"name": "one_cycle"}}
    return [
        *sweep("schedule.name", "constant", stepped, "cosine", on=DIGITS, optimizer=SGD),
        *sweep("schedule.name", "constant", "one_cycle", on=DIGITS, optimizer=SGD),
        *sweep("schedule.step_size", 1, 2, on=DIGITS, schedule=stepped),
        *sweep("schedule.gamma", 0.5, 0.1, on=DIGITS, schedule=stepped),
        *sweep("schedule.eta_min", 0, 0.05, on=DIGITS, schedule={"name": "cosine"}),
        *sweep("schedule.pct_start", 0.3, 0.5, **cycle),
        *sweep("schedule.anneal_strategy", "cos", "linear", **cycle),
        *sweep("schedule.cycle_momentum", YES, NO, **cycle),
        *sweep("schedule.base_momentum", 0.85, 0.8, **cycle),
        *sweep("schedule.max_momentum", 0.95, 0.9, **cycle),
        *sweep("schedule.div_factor", 25, 10, **cycle),
        *sweep("schedule.final_div_factor", 10000, 10, **cycle),
        *sweep("schedule.three_phase", NO, YES, **cycle),
    ]


def _of_augmentations() -> list[Case]:
    moved = {"name": "random", "shift": 1}
    flipped = {"name": "random", "horizontal_flip": True}
    elastic = {"name": "random", "elastic": {"displacement": 1}}
    changes: dict[str, tuple[Any, Any]] = {
        "shift": (1, 2),
        "rotation": (0, 20),
        "scale": (0, 0.2),
        "horizontal_flip": (NO, YES),
        "vertical_flip": (NO, YES),
        "quarter_turns": (NO, YES),
        "elastic.displacement": (0, 1),
        "border": ("zeros", "reflection"),
        "brightness": (0, 0.2),
        "contrast": (0, 0.2),
        "stain": (0, 0.2),
    }
    return [
        *sweep("augmentation.name", "none", moved, on=DIGITS),
        *sweep("augmentation.elastic.smoothness", 4, 2, on=DIGITS, augmentation=elastic),
        *(
            case
            for key, values in changes.items()
            for case in sweep(f"augmentation.{key}", *values, on=DIGITS, augmentation=moved)
        ),
        *sweep("augmentation.flip_classes", [0, 1, 2], [3], on=DIGITS, augmentation=flipped),
        *(
            case
            for key in ("brightness", "contrast", "saturation")
            for case in sweep(f"augmentation.jitter.{key}", 0, 0.4, on=GLANDS, augmentation=moved)
        ),
    ]


def _of_the_rest() -> list[Case]:
    views = ("none", "horizontal_flip", "flips", "dihedral", "shifts")
    turned = {"rotation": 45}
    copies = (
        ["horizontal_flip"],
        ["vertical_flip"],
        ["half_turn"],
        ["half_turn", "vertical_flip"],
    )
    # So slow that no prediction changes: the first epoch is as good as the last.
    slow = {**SGD, "learning_rate": 1e-6}
    ema = {"name": "ema", "decay": 0.9}
    normalised = {**MAPS, "model": {**MAPS["model"], "batch_norm": True}}
    batched = {**normalised, "prediction": {"batch_statistics": {"size": 4}}}
    return [
        *sweep("trials", 1, 2, on=DIGITS),
        *sweep("input.divide_by", 255, 200, on=DIGITS),
        *sweep("input.crop", [24, 24], [20, 24], on=DIGITS),
        *sweep("gradients", "autograd", "by_hand", on=DIGITS),
        *sweep("model.hidden", [8], [9, 8], on=BY_HAND),
        *sweep("model.activation", *ACTIVATIONS, on=BY_HAND),
        *sweep("optimizer.learning_rate", 0.1, 0.05, on=BY_HAND),
        *sweep("averaging.name", "none", ema, on=DIGITS),
        *sweep("averaging.decay", 0.9, 0.5, on=DIGITS, averaging=ema),
        *sweep("add_copies", [], *copies, on=DIGITS),
        *sweep("add_copies", ["noise"], ["noise", "half_turn"], on=DIGITS, copies={"noise": 9}),
        *sweep("add_copies", ["rotation"], ["rotation", "half_turn"], on=DIGITS, copies=turned),
        *sweep("copies.rotation", 45, 30, on={**DIGITS, "add_copies": ["rotation"]}),
        *sweep("copies.noise", 10, 20, on={**DIGITS, "add_copies": ["noise"]}),
        *sweep("batch_size", 8, 6, on=DIGITS),
        *sweep("epochs", 2, 3, on=DIGITS),
        *sweep("fit", "train", "train+validation", on=DIGITS, monitor=["train"]),
        *sweep("held_out_fold", 0, 1, on=DIGITS),
        *sweep("monitor", ["train"], ["train", "validation"], ["train", "test"], on=DIGITS),
        *sweep("select", "last", "best_validation", on=DIGITS, optimizer=slow),
        *sweep("gradient_norms", NO, YES, on=DIGITS),
        *sweep("prediction.threshold", 0, 1, on=GLANDS),
        *sweep("prediction.views", *views, on=DIGITS),
        *sweep("prediction.batch_statistics.size", 4, 8, on=normalised),
        *sweep("prediction.batch_statistics.order", "id", "class", on=batched),
    ]


CASES = [
    *_of_networks(),
    *_of_starts(),
    *_of_losses(),
    *_of_optimizers(),
    *_of_schedules(),
    *_of_augmentations(),
    *_of_the_rest(),
]
