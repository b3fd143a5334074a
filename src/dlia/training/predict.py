"""Predictions on the test images.

Only this module, and the curves of a variant with ``monitor: [train, test]``, show test images to a
network.
"""

from collections.abc import Mapping
from importlib import import_module

import torch
from torch import Tensor, nn

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import save_predictions
from dlia.models.store import load_models, read_description
from dlia.runtime.devices import choose_device
from dlia.runtime.gpus import own_gpu
from dlia.runtime.terminal import warn
from dlia.training.augmented_prediction import predict_views
from dlia.training.device_data import Part, load_part


def predict(
    model: str,
    inputs: dict[str, str],
    prediction: Mapping[str, object],
    device: str,
    path: str,
    gpus: int = 0,
) -> None:
    """Write the logits of every trial's network for every test image.

    Args:
        model: The variant's model file.
        inputs: Paths of images, targets and split.
        prediction: The variant's ``prediction`` block; it travels on with the logits.
        device: auto, cpu or cuda, as the trainings; where they were done on another machine and
            this one has no GPU, the CPU is taken.
        path: The predictions' file.
        gpus: 1 for a job that asked Snakemake for a GPU, else 0.
    """
    arrays = Arrays.open(inputs["images"], inputs["targets"], inputs["split"])
    rows = arrays.rows("test")
    description = read_description(model)
    with own_gpu(gpus):
        chosen = choose_device("cpu" if device == "cpu" else "auto")
        if device == "cuda" and chosen.type == "cpu":
            warn(f"{path}: predicted on the CPU, as this machine has no GPU")
        print(f"device: {device} wanted, {chosen} taken", flush=True)
        crop = description.image_shape[1:]  # the whole image, if it is as large
        part = load_part(arrays, rows, description.divide_by, chosen, crop)
        logits = [
            _predicted(_placed(network, chosen), part, prediction, description.model.boxed).cpu()
            for network in load_models(model)
        ]
    save_predictions(
        path,
        torch.stack(logits).contiguous().numpy(),
        ids=arrays.split["id"].to_numpy()[rows].tolist(),
        prediction=dict(prediction),
        trials=description.trials,
    )


def _predicted(
    network: nn.Module, part: Part, prediction: Mapping[str, object], boxed: bool
) -> Tensor:
    if boxed:
        module = import_module("dlia.training.predicted_boxes")
        boxes: Tensor = module.predict_boxes(network, part, prediction.get("boxes"))
        return boxes
    if batches := prediction.get("batch_statistics"):
        # Imported by name, so that an edit to it repeats only these predictions.
        module = import_module("dlia.training.batch_statistics")
        logits: Tensor = module.predict_in_batches(network, part, batches)
        return logits
    return predict_views(network, part, str(prediction["views"]))


def _placed(network: nn.Module, device: torch.device) -> nn.Module:
    return network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
