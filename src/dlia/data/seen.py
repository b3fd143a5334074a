"""How many patches or slices of volumes a network sees, counted before they are unpacked."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from dlia.data.archives import checked_entries, open_archive, read_entry
from dlia.data.class_shares import IGNORED
from dlia.data.patches import grid_places, places_of
from dlia.data.unpack import Layout, arrange
from dlia.data.volumes import decode_volumes
from dlia.errors import UserError
from dlia.study.layout_volumes import NiftiVolumes
from dlia.study.part_names import TEST, TRAIN
from dlia.study.resource_estimate import Seen
from dlia.study.settings import Sampling


def count_seen(
    archive: Path, layout: Layout, rules: Sequence[Sampling | None], files: Sequence[str] = ()
) -> list[Seen]:
    """Count what networks with these sampling rules see; without a rule, they see whole slices.

    Only the volumes that are not for testing are read.

    Raises:
        UserError: The archive, or one of these volumes, cannot be used.
    """
    with open_archive(archive, files) as opened:
        entries, _ = checked_entries(opened)
        samples, _ = arrange(entries, layout, partial(read_entry, opened))
        known = [sample for sample in samples if sample.part != TEST]
        options = NiftiVolumes.model_validate(layout.options)
        found, offences = decode_volumes(opened, known, options, layout.size)
    if offences or not known:
        raise UserError(f"{archive}: has volumes that cannot be read; unpacking it names them")
    rows = found.table.groupby("group", sort=False).indices
    parts = dict(zip(found.table["group"], found.table["part"], strict=True))
    more = len(samples) / len(known)

    def seen(rule: Sampling | None) -> Seen:
        size = (rule.patch, rule.patch) if rule else layout.size
        training = validation = side_by_side = by_rule = 0
        for name, own in rows.items():
            masks, pixels = found.masks[own], found.images[own]
            chosen = len(places_of(masks, rule, size))
            by_rule += chosen
            side_by_side += len(grid_places(pixels != 0, size))
            if parts[name] == TRAIN:
                training += chosen
            else:
                validation += len(grid_places(masks != IGNORED, size))
        return Seen(
            training,
            validation,
            round(more * side_by_side) + by_rule,
            len(samples),
            round(more * found.images.size),
        )

    return [seen(rule) for rule in rules]
