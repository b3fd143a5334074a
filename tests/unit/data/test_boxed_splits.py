"""Splits of photographs with boxes, and photographs that look almost alike."""

import hashlib
import io

import numpy as np
import pandas as pd
from PIL import Image

from dlia.data.boxes import NO_BOX, class_counts
from dlia.data.class_shares import class_shares, present_classes
from dlia.data.photographs import difference_hash
from dlia.data.splits import at_random, similar_images, split


def with_classes(*classes: list[int]) -> np.ndarray:
    """One image for each list, with a box of each class in it."""
    most = max(map(len, classes))
    found = np.zeros((len(classes), most, 5), np.float32)
    found[..., 4] = NO_BOX
    for row, own in enumerate(classes):
        found[row, : len(own), 4] = own
    return found


def ids_of(count: int, part: str = "train", group: str = "") -> pd.DataFrame:
    names = [f"{part}/{number:03d}" for number in range(count)]
    return pd.DataFrame({"id": names, "part": part, "group": group})


def test_the_rarest_class_of_an_image_decides():
    targets = with_classes(*[[0]] * 30, *[[0, 1]] * 10)
    table = split(ids_of(40), targets, 0.2, seed=1)
    held = targets[(table["part"] == "validation").to_numpy()]
    assert (class_counts(held, 2) > 0).sum(axis=0).tolist() == [8, 2]


def test_images_without_a_box_can_be_split():
    targets = with_classes(*[[0]] * 18, *[[]] * 2)
    table = split(ids_of(20), targets, 0.2, seed=1)
    assert (table["part"] == "validation").sum() == 4


def test_a_validation_part_of_the_archive_stays():
    ids = pd.concat([ids_of(8), ids_of(3, "validation"), ids_of(2, "test")], ignore_index=True)
    table = split(ids, with_classes(*[[0]] * 13), None, seed=1)
    assert table["part"].tolist() == ids["part"].tolist()


def test_places_without_a_box_are_no_class():
    targets = with_classes([0, 2], [])
    assert present_classes(targets).tolist() == [0, 2]
    assert class_shares(targets, 3).tolist() == [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]


def test_a_photograph_that_was_saved_smaller_is_found_in_another_part():
    generator = np.random.default_rng(0)
    rough = [generator.integers(0, 256, (5, 5, 3), dtype=np.uint8) for _ in range(3)]
    photographs = [Image.fromarray(each).resize((120, 90), 3) for each in rough]
    buffer = io.BytesIO()
    photographs[0].resize((60, 45)).save(buffer, "JPEG", quality=60)
    copy = Image.open(buffer).convert("RGB")
    hashes = [difference_hash(each) for each in (*photographs, copy)]
    ids = pd.DataFrame({"id": ["a", "b", "c", "d"], "difference_hash": hashes})
    table = pd.DataFrame({"id": ids["id"], "part": ["train", "train", "test", "test"]})
    found = similar_images(ids, table)
    assert found[["division", "id", "part", "other_id", "other_part"]].to_numpy().tolist() == [
        ["main", "a", "train", "d", "test"]
    ]


def test_a_division_at_random_parts_groups_that_the_split_keeps_together():
    ids = pd.concat([ids_of(40), ids_of(8, "test")], ignore_index=True)
    ids["group"] = [f"{part}{number // 4}" for number, part in enumerate(ids["part"])]
    # All frames of a group look alike.
    ids["difference_hash"] = [f"{hash_of(group):016x}" for group in ids["group"]]
    table = at_random(split(ids, with_classes(*[[0]] * 48), 0.2, seed=1), seed=1)
    held = (table[["part", "random_part"]] == "validation").sum().tolist()
    assert held[0] == held[1]
    assert table.loc[table["part"] == "test", "random_part"].eq("test").all()
    assert set(similar_images(ids, table)["division"]) == {"random"}


def hash_of(group: str) -> int:
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8])
