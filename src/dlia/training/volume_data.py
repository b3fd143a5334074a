"""What a training sees of volumes: patches of their slices, or whole slices."""

import numpy as np
import torch

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.data.intensities import scale_of
from dlia.data.patches import cut, places_of
from dlia.data.rows import training_rows
from dlia.errors import UserError
from dlia.study.part_names import TEST, VALIDATION
from dlia.study.settings import Settings
from dlia.training.device_data import Part, Rows, TrainingData
from dlia.training.input_shape import input_shape


def load_volumes(arrays: Arrays, settings: Settings, device: torch.device) -> TrainingData:
    """Copy to ``device`` what the trials of a variant see.

    The training part are the patches that ``sampling`` describes; its curves are measured on all
    of them. Held-out parts are patches side by side that have any voxel of a class. Without
    ``sampling``, all are the whole slices with any voxel of a class.

    Raises:
        UserError: No patch of the training volumes fits the rule.
    """
    _, *sides = input_shape(settings, arrays.stored_shape)
    size = (sides[0], sides[1])

    def held_out(name: str) -> Part | None:
        if name not in settings.monitor:
            return None
        return _part(arrays, arrays.rows(name), settings, size, device, choose=False)

    rows = training_rows(arrays.split, settings.fit)
    training = _part(arrays, rows, settings, size, device, choose=True)
    if not len(training):
        raise UserError(
            "sampling: no patch of the training volumes has what it asks for; lower minimum, or "
            "state a smaller patch"
        )
    return TrainingData(
        training=training.extended(settings.add_copies),
        monitored=training,
        validation=held_out(VALIDATION),
        test=held_out(TEST),
    )


def _part(
    arrays: Arrays,
    rows: Rows,
    settings: Settings,
    size: tuple[int, int],
    device: torch.device,
    choose: bool,
) -> Part:
    """Cut the patches of a part; ``choose``: those for training, else those side by side."""
    images, targets = [], []
    for volume in arrays.volumes(rows).values():
        masks = np.asarray(arrays.targets[volume])
        pixels = np.asarray(arrays.images[volume])
        places = places_of(masks, settings.sampling if choose else None, size)
        patches = cut(pixels, places, size)
        images.append(scale_of(pixels, settings.input).applied(patches))
        targets.append(cut(masks, places, size, beyond=IGNORED))
    shown = torch.from_numpy(np.concatenate(images)[..., np.newaxis]).to(device)
    wanted = torch.from_numpy(np.concatenate(targets).astype(np.int64)).to(device)
    return Part(shown, wanted, divide_by=1)
