"""What a schema cannot say: which settings go together."""

from typing import Any

from dlia.study.messages import Problem

# What the network written out in NumPy has; others need no derivative of their own.
BY_HAND_ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu")
# Kinds of layers, as initialization.layers calls them.
_KINDS = {
    "mlp": {"linear"},
    "cnn": {"convolution", "linear"},
    "fcn": {"convolution", "transposed_convolution"},
}
LAYOUTS = {"classification": "class_folders", "segmentation": "image_mask_pairs"}
DRAWN = {"class_folders": "digits", "image_mask_pairs": "glands"}


def study_problems(study: dict[str, Any]) -> list[Problem]:
    """Compare the parts of a study file with each other; an empty list means that they agree."""
    data = study["data"]
    standin = data["standin"]
    problems = []
    if data["layout"] != LAYOUTS[study["task"]]:
        text = f"{data['layout']} gives no targets for a {study['task']}"
        problems.append(Problem("data.layout", text))
    elif standin["kind"] != DRAWN[data["layout"]]:
        text = f"{standin['kind']} do not have the layout {data['layout']}"
        problems.append(Problem("data.standin.kind", text))
    if standin["kind"] == "digits":
        problems += [
            Problem(f"data.standin.{part}", f"{standin[part]} images cannot show all ten digits")
            for part in ("train", "test")
            if standin[part] < 10
        ]
    return problems


def settings_problems(
    settings: dict[str, Any], task_of_model: str, study: dict[str, Any]
) -> list[Problem]:
    """Compare a variant's settings with its study; an empty list means that they agree.

    Args:
        settings: Every setting, defaults filled in.
        task_of_model: What its family of networks can do.
        study: The study file.
    """
    return [
        *_model_problems(settings, task_of_model, study),
        *_training_problems(settings, study),
        *_prediction_problems(settings, study),
    ]


def _model_problems(
    settings: dict[str, Any], task_of_model: str, study: dict[str, Any]
) -> list[Problem]:
    model = settings["model"]
    if task_of_model != study["task"]:
        return [Problem("model.name", f"{model['name']} is no network for a {study['task']}")]
    strange = set(settings["initialization"]["layers"]) - _KINDS[model["name"]]
    if strange:
        text = (
            f"{model['name']} has no such layers; it has {', '.join(sorted(_KINDS[model['name']]))}"
        )
        return [Problem(f"initialization.layers.{kind}", text) for kind in sorted(strange)]
    if "channels" not in model:
        return []
    channels = [study["data"]["channels"], *model["channels"]]
    if model["residual"] and channels != sorted(channels):
        text = f"channels {channels[1:]} after {channels[0]}: what bridges a block cannot shrink"
        return [Problem("model.residual", text)]
    halvings = len(model["channels"]) - 1
    factor = 2**halvings
    sides = _sides(study)
    if task_of_model == "segmentation" and any(side % factor for side in sides):
        text = f"{halvings} times pooling needs sides that are multiples of {factor}, not {sides}"
        return [Problem("model.channels", text)]
    if min(sides) < factor:
        text = f"{halvings} times pooling leaves nothing of images with sides of {min(sides)}"
        return [Problem("model.channels", text)]
    return []


def _sides(study: dict[str, Any]) -> list[int]:
    return [*study["data"]["size"], study["data"]["standin"]["size"]]


def _training_problems(settings: dict[str, Any], study: dict[str, Any]) -> list[Problem]:
    problems = []
    two_classes = study["task"] == "segmentation" and len(study["data"]["classes"]) == 2
    loss = settings["loss"]["name"]
    if loss != "cross_entropy" and not two_classes:
        problems.append(Problem("loss.name", f"{loss} needs two classes of pixels"))
    if settings["fit"] == "train+validation" and settings["select"] == "best_validation":
        text = "best_validation needs validation images; fit: train+validation leaves none"
        problems.append(Problem("select", text))
    return [
        *problems,
        *_augmentation_problems(settings["augmentation"], study),
        *_optimizer_problems(settings),
        *_by_hand_problems(settings),
    ]


def _augmentation_problems(augmentation: dict[str, Any], study: dict[str, Any]) -> list[Problem]:
    if augmentation["name"] == "none":
        return []
    height, width = study["data"]["size"]
    if augmentation["quarter_turns"] and height != width:
        text = f"images of {height}x{width} pixels do not fit a quarter turn"
        return [Problem("augmentation.quarter_turns", text)]
    neutral = {"name", "border", "elastic"}
    changes = [augmentation[key] for key in augmentation if key not in neutral]
    if not any(changes) and not augmentation["elastic"]["displacement"]:
        return [Problem("augmentation", "changes nothing; state a change, or name: none")]
    return []


def _optimizer_problems(settings: dict[str, Any]) -> list[Problem]:
    problems = []
    optimizer, schedule = settings["optimizer"], settings["schedule"]
    if optimizer.get("nesterov") and not (optimizer["momentum"] and not optimizer["dampening"]):
        text = "Nesterov's momentum needs a momentum above 0 and no dampening"
        problems.append(Problem("optimizer.nesterov", text))
    if optimizer["name"] == "rprop":
        low, high = optimizer["step_sizes"]
        if low > high:
            text = f"the smallest, {low}, is above the largest, {high}"
            problems.append(Problem("optimizer.step_sizes", text))
        if schedule["name"] != "constant":
            text = "rprop finds its own step sizes; write schedule: {name: constant}"
            problems.append(Problem("schedule.name", text))
    elif schedule["name"] == "one_cycle":
        problems += _one_cycle_problems(optimizer, schedule)
    return problems


def _one_cycle_problems(optimizer: dict[str, Any], schedule: dict[str, Any]) -> list[Problem]:
    problems = []
    if schedule["cycle_momentum"] and not (optimizer.get("momentum") or "betas" in optimizer):
        text = f"{optimizer['name']} has no momentum here; write cycle_momentum: false"
        problems.append(Problem("schedule.cycle_momentum", text))
    low, high = schedule["base_momentum"], schedule["max_momentum"]
    if low > high:
        problems.append(Problem("schedule.base_momentum", f"{low} is above max_momentum, {high}"))
    if schedule["three_phase"] and schedule["pct_start"] > 0.5:
        text = "three phases of which two are equal leave at most 0.5 for the first"
        problems.append(Problem("schedule.pct_start", text))
    return problems


def _by_hand_problems(settings: dict[str, Any]) -> list[Problem]:
    """Name what the network written out in NumPy does not have."""
    if settings["gradients"] != "by_hand":
        return []
    optimizer = settings["optimizer"]
    plain = not any(optimizer.get(key) for key in ("momentum", "weight_decay", "nesterov"))
    needs = {
        "model.name": (settings["model"]["name"] == "mlp", "mlp"),
        "model.activation": (
            settings["model"]["activation"] in BY_HAND_ACTIVATIONS,
            ", ".join(BY_HAND_ACTIVATIONS),
        ),
        "optimizer": (optimizer["name"] == "sgd" and plain, "plain sgd"),
        "schedule.name": (settings["schedule"]["name"] == "constant", "constant"),
        "loss": (
            settings["loss"] == {"name": "cross_entropy", "label_smoothing": 0},
            "cross_entropy without smoothing",
        ),
        "averaging.name": (settings["averaging"]["name"] == "none", "none"),
        "gradient_norms": (not settings["gradient_norms"], "false"),
    }
    return [
        Problem(path, f"gradients: by_hand can only do {possible} here")
        for path, (holds, possible) in needs.items()
        if not holds
    ]


def _prediction_problems(settings: dict[str, Any], study: dict[str, Any]) -> list[Problem]:
    task = study["task"]
    height, width = study["data"]["size"]
    threshold = "threshold" in settings["prediction"]
    if task == "segmentation" and not threshold:
        return [Problem("prediction.threshold", "is missing; 0.5 is usual")]
    if task == "classification" and threshold:
        return [Problem("prediction.threshold", "is for segmentations only; remove it")]
    if task == "segmentation" and settings["prediction"]["views"] == "shifts":
        return [Problem("prediction.views", "shifts are for classifications only")]
    if settings["prediction"]["views"] == "dihedral" and height != width:
        text = f"images of {height}x{width} pixels do not fit a quarter turn; flips do"
        return [Problem("prediction.views", text)]
    return []
