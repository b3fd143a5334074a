"""Predictions for whole volumes, put together from patches or slices side by side."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.data.intensities import IntensityScale, scale_of
from dlia.data.patches import cut, grid_places, places_of, put_back
from dlia.data.volumes import voxel_of
from dlia.evaluation.volume_predictions import (
    INSIDE,
    OUTSIDE,
    VolumeFacts,
    VolumePredictions,
    save_volume_predictions,
)
from dlia.models.store import load_models, read_description
from dlia.runtime.devices import choose_device
from dlia.runtime.gpus import own_gpu
from dlia.runtime.terminal import warn
from dlia.study.part_names import TRAIN, VALIDATION
from dlia.study.settings import Input, Sampling
from dlia.tasks.segmentation.pairs_of_pixels import count_pixels
from dlia.tasks.volume_segmentation.distances import hausdorff
from dlia.training.augmented_prediction import predict_views
from dlia.training.device_data import Part

AT_ONCE = 2048  # patches whose logits are in memory together


class PatchNetwork:
    """A trained network that predicts patches of one size.

    Args:
        network: On its device.
        size: Height and width of a patch.
        views: The views of a patch whose predictions are averaged.
        device: Where it computes.
    """

    def __init__(
        self, network: nn.Module, size: tuple[int, int], views: str, device: torch.device
    ) -> None:
        self.network, self.size, self.views, self.device = network, size, views, device

    def classes(self, patches: np.ndarray) -> np.ndarray:
        """Predict the class of every voxel of scaled patches (n, h, w), uint8.

        Where a logit is not finite there is no prediction: the classes are taken in turn.
        """
        found = [np.zeros((0, *self.size), np.uint8)]
        for start in range(0, len(patches), AT_ONCE):
            images = torch.from_numpy(patches[start : start + AT_ONCE, ..., np.newaxis])
            images = images.to(self.device)
            part = Part(images, torch.zeros(len(images), device=self.device), divide_by=1)
            found.append(_most_probable(predict_views(self.network, part, self.views)))
        return np.concatenate(found)

    def volume(self, pixels: np.ndarray, scale: IntensityScale) -> np.ndarray:
        """Predict the class of every voxel of a volume (n, H, W), uint8.

        Patches that are 0 everywhere are equal, and predicted once.
        """
        high, wide = self.size
        dark = self.classes(scale.applied(np.zeros((1, high, wide), pixels.dtype)))[0]
        repeats = [-(-side // own) for side, own in zip(pixels.shape[1:], self.size, strict=True)]
        tiled = np.tile(dark, repeats)[: pixels.shape[1], : pixels.shape[2]]
        places = grid_places(pixels != 0, self.size)
        found = self.classes(scale.applied(cut(pixels, places, self.size)))
        shown = put_back(np.ones_like(found), places, pixels.shape)
        return np.where(shown == 1, put_back(found, places, pixels.shape), tiled)


def predict_volumes(
    model: str,
    inputs: dict[str, str],
    prediction: Mapping[str, object],
    device: str,
    path: str,
    gpus: int = 0,
    *,
    scaled: Mapping[str, object],
    sampling: Mapping[str, object] | None,
    classes: int,
) -> None:
    """Write what every trial's network predicts for every volume.

    Args:
        model: The variant's model file.
        inputs: Paths of images, targets and split.
        prediction: The variant's ``prediction`` block.
        device: auto, cpu or cuda; see ``training.predict.predict``.
        path: The predictions' file.
        gpus: 1 for a job that asked Snakemake for a GPU, else 0.
        scaled: The variant's ``input`` block.
        sampling: The variant's ``sampling`` block, if it has one.
        classes: How many there are.
    """
    arrays = Arrays.open(inputs["images"], inputs["targets"], inputs["split"])
    description = read_description(model)
    settings = Input.model_validate(scaled)
    rule = Sampling.model_validate(sampling) if sampling else None
    facts = _facts(arrays)
    trials = len(description.trials)
    found = VolumePredictions(
        np.zeros((trials, sum(volume.voxels for volume in facts)), np.uint8),
        np.zeros((trials, len(arrays.split), classes + 1, 2, classes), np.int32),
        np.zeros((trials, 2, classes, classes), np.int64),
        np.full((trials, len(facts), classes, 2), np.nan),
        facts,
        dict(prediction),
        description.trials,
    )
    _, high, wide = description.image_shape
    with own_gpu(gpus):
        chosen = choose_device("cpu" if device == "cpu" else "auto")
        if device == "cuda" and chosen.type == "cpu":
            warn(f"{path}: predicted on the CPU, as this machine has no GPU")
        print(f"device: {device} wanted, {chosen} taken", flush=True)
        for trial, network in enumerate(load_models(model)):
            placed: nn.Module = network.to(device=chosen, memory_format=torch.channels_last)  # type: ignore[call-overload]
            own = PatchNetwork(placed, (high, wide), str(prediction["views"]), chosen)
            _fill(found, trial, own, arrays, settings, rule)
    save_volume_predictions(path, found)


def _facts(arrays: Arrays) -> list[VolumeFacts]:
    volumes = arrays.volumes(np.arange(len(arrays.split)))
    return [
        VolumeFacts(
            name.partition("/")[2],
            name.partition("/")[0],
            int(rows[0]),
            len(rows),
            int((np.asarray(arrays.images[rows]) > 0).sum()),
        )
        for name, rows in volumes.items()
    ]


def _fill(
    found: VolumePredictions,
    trial: int,
    network: PatchNetwork,
    arrays: Arrays,
    settings: Input,
    rule: Sampling | None,
) -> None:
    """Predict all volumes with the network of one trial."""
    classes = found.patches.shape[-1]
    start = 0
    for place, volume in enumerate(found.volumes):
        rows = slice(volume.first, volume.first + volume.slices)
        pixels, masks = np.asarray(arrays.images[rows]), np.asarray(arrays.targets[rows])
        scale = scale_of(pixels, settings)
        predicted = network.volume(pixels, scale)
        inside = pixels > 0
        found.classes[trial, start : start + volume.voxels] = predicted[inside]
        start += volume.voxels
        for number in range(volume.slices):
            found.slices[trial, volume.first + number] = _counted(
                predicted[number], masks[number], inside[number], classes
            )
        if volume.part in (TRAIN, VALIDATION):
            patches = places_of(masks, rule, network.size)
            own = network.classes(scale.applied(cut(pixels, patches, network.size)))
            true = cut(masks, patches, network.size, beyond=IGNORED)
            found.patches[trial, int(volume.part == VALIDATION)] += count_pixels(own, true, classes)
        if volume.part != TRAIN:
            voxel = voxel_of(str(arrays.split["voxel_mm"].iloc[volume.first]))
            for number in range(classes):
                surfaces = (predicted == number) & inside, masks == number
                found.distances[trial, place, number] = hausdorff(*surfaces, voxel)
        print(f"trial {trial + 1}: {volume.name} predicted", flush=True)


def _counted(
    predicted: np.ndarray, truth: np.ndarray, inside: np.ndarray, classes: int
) -> np.ndarray:
    """Count the voxels of a slice, (K + 1, 2, K), as ``VolumePredictions.slices``."""
    true = np.where(truth == IGNORED, classes, truth).astype(np.int64)
    where = np.where(inside, INSIDE, OUTSIDE)
    codes = (true * 2 + where) * classes + predicted
    return np.bincount(codes.ravel(), minlength=(classes + 1) * 2 * classes).reshape(
        classes + 1, 2, classes
    )


def _most_probable(logits: Tensor) -> np.ndarray:
    predicted = logits.argmax(1).to(torch.uint8).cpu().numpy()
    lost = ~logits.isfinite().all(1).cpu().numpy()
    in_turn = np.indices(predicted.shape).sum(axis=0) % logits.shape[1]
    return np.where(lost, in_turn, predicted).astype(np.uint8)
