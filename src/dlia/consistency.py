"""What a schema cannot say: which settings go together."""

from typing import Any

from dlia.faults import Problem

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
        *_prediction_problems(settings, study["task"]),
    ]


def _model_problems(
    settings: dict[str, Any], task_of_model: str, study: dict[str, Any]
) -> list[Problem]:
    model = settings["model"]
    if task_of_model != study["task"]:
        return [Problem("model.name", f"{model['name']} is no network for a {study['task']}")]
    halvings = len(model["channels"]) - 1
    factor = 2**halvings
    sides = [*study["data"]["size"], study["data"]["standin"]["size"]]
    if task_of_model == "segmentation" and any(side % factor for side in sides):
        text = f"{halvings} times pooling needs sides that are multiples of {factor}, not {sides}"
        return [Problem("model.channels", text)]
    if min(sides) < factor:
        text = f"{halvings} times pooling leaves nothing of images with sides of {min(sides)}"
        return [Problem("model.channels", text)]
    return []


def _training_problems(settings: dict[str, Any], study: dict[str, Any]) -> list[Problem]:
    problems = []
    two_classes = study["task"] == "segmentation" and len(study["data"]["classes"]) == 2
    if settings["loss"]["name"] == "binary_cross_entropy" and not two_classes:
        problems.append(Problem("loss.name", "binary_cross_entropy needs two classes of pixels"))
    optimizer = settings["optimizer"]
    if optimizer.get("nesterov") and not (optimizer["momentum"] and not optimizer["dampening"]):
        text = "Nesterov's momentum needs a momentum above 0 and no dampening"
        problems.append(Problem("optimizer.nesterov", text))
    if settings["fit"] == "train+validation" and settings["select"] == "best_validation":
        text = "best_validation needs validation images; fit: train+validation leaves none"
        problems.append(Problem("select", text))
    return problems


def _prediction_problems(settings: dict[str, Any], task: str) -> list[Problem]:
    threshold = "threshold" in settings["prediction"]
    if task == "segmentation" and not threshold:
        return [Problem("prediction.threshold", "is missing; 0.5 is usual")]
    if task == "classification" and threshold:
        return [Problem("prediction.threshold", "is for segmentations only; remove it")]
    return []
