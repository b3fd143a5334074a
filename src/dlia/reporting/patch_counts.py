"""The patches of volumes in the report: how many there are, and the classes of their voxels."""

from pathlib import Path

from dlia.formatting import metric_text
from dlia.reporting.blocks import Table, Value, code, table, words
from dlia.reporting.records import read_table
from dlia.study.part_names import TRAIN

OF_ALL = "all"  # the volume of a row that adds up the others
WHOLE = "none"  # the size of the patch of whole volumes


def patch_counts(anchor: str, path: Path, classes: list[str]) -> Table:
    """Return the table of whole volumes, one by one, and of all patches of each kind.

    Args:
        anchor: The table's id.
        path: patches.csv of an exercise; ``volume_segmentation.patches.counts`` has its columns.
        classes: Names of the classes.
    """
    counted = read_table(path)
    rules = {(row["patch"], row["variants"]) for row in counted}
    sizes = [size for size, _ in rules]
    rows: list[tuple[Value, ...]] = []
    for row in counted:
        is_whole = row["patch"] == WHOLE
        if is_whole == (row["volume"] == OF_ALL):
            continue
        told = f"{row['patch']}x{row['patch']}, {row['kind']}"
        if sizes.count(row["patch"]) > 1:
            told += f" ({row['variants']})"
        rows.append(
            (
                row["volume"] if is_whole else told,
                "training" if row["part"] == TRAIN else row["part"],
                f"{int(row['slices']):,}",
                "whole" if is_whole else f"{int(row['patches']):,}",
                *(_share(row, name) for name in classes),
            )
        )
    caption = words(
        "Voxels of each class, and their share of the voxels that have a class: in each volume, "
        "and in all patches of a part. Volume by volume: {path}",
        path=code(str(path)),
    )
    heads = ["Volume, or size of the patches", "Part", "#Slices", "#Patches"]
    return table(anchor, caption, [*heads, *(f"#{name}" for name in classes)], rows)


def _share(row: dict[str, str], name: str) -> str:
    share = metric_text("accuracy", row[f"share_{name}"])
    return f"{int(row[f'voxels_{name}']):,} ({share})"
