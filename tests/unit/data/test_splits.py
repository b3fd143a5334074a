"""The split: disjoint, complete, stratified, repeatable, and the test part untouched."""

import contextlib
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dlia.data.rows import hold_out, monitored_rows, training_rows
from dlia.data.splits import equal_images, split
from dlia.errors import UserError
from dlia.study.data_block import Data

PARTS = ("train", "validation", "test")
few = settings(max_examples=20)


class DataSet(NamedTuple):
    ids: pd.DataFrame
    targets: np.ndarray
    validation: float
    seed: int

    def split(self) -> pd.DataFrame:
        return split(*self)

    @property
    def trainable(self) -> np.ndarray:
        return np.flatnonzero(self.ids["part"] == "train")

    @property
    def held_out(self) -> int:
        return max(round(self.validation * len(self.trainable)), 1)


def images(parts: list[str]) -> pd.DataFrame:
    ids = [f"i{row:04}" for row in range(len(parts))]
    return pd.DataFrame({"id": ids, "part": parts, "group": ""})


def labelled(per_class: list[int], test: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    labels = np.repeat(np.arange(len(per_class)), per_class)
    ids = images(["train"] * len(labels) + ["test"] * test)
    return ids, np.concatenate([labels, np.zeros(test, int)])


@st.composite
def classifications(draw: st.DrawFn) -> DataSet:
    ids, targets = labelled(
        draw(st.lists(st.integers(5, 25), min_size=2, max_size=5)), draw(st.integers(0, 10))
    )
    order = np.array(draw(st.permutations(range(len(ids)))))
    ids["part"] = ids["part"].to_numpy()[order]
    data = DataSet(ids, targets[order], draw(st.floats(0.1, 0.5)), draw(st.integers(0, 2**32 - 1)))
    assume(data.held_out >= data.targets.max() + 1)
    return data


@st.composite
def segmentations(draw: st.DrawFn) -> DataSet:
    """Masks of 8x8 pixels, the foreground of each of another size."""
    sizes = draw(st.permutations(range(draw(st.integers(20, 64)))))
    masks = np.stack([np.arange(64).reshape(8, 8) < size for size in sizes]).astype(np.uint8)
    return DataSet(
        images(["train"] * len(sizes)), masks, draw(st.floats(0.25, 0.5)), draw(st.integers(0, 99))
    )


any_data = st.one_of(classifications(), segmentations())


def strata(data: DataSet) -> np.ndarray:
    if data.targets.ndim == 1:
        return data.targets[data.trainable]
    ranks = data.targets.sum(axis=(1, 2)).argsort().argsort()
    return ranks * 4 // len(ranks)


@few
@given(any_data)
def test_every_image_is_in_one_part_and_keeps_its_row(data):
    table = data.split()
    assert list(table.columns) == ["id", "part", "fold"]
    assert list(table["id"]) == list(data.ids["id"])
    assert set(table["part"]) <= set(PARTS)


@few
@given(any_data)
def test_the_validation_part_has_the_wanted_share(data):
    assert (data.split()["part"] == "validation").sum() == data.held_out


@few
@given(any_data)
def test_the_test_part_is_untouched_and_in_no_fold(data):
    table, given_test = data.split(), data.ids["part"] == "test"
    assert ((table["part"] == "test") == given_test).all()
    assert ((table["fold"] == -1) == given_test).all()


@few
@given(any_data)
def test_the_validation_part_keeps_the_shares_of_classes_or_foreground_within_rounding(data):
    held = (data.split()["part"] == "validation").to_numpy()[data.trainable]
    total = np.bincount(strata(data))
    counts = np.bincount(strata(data)[held], minlength=len(total))
    assert (abs(counts - total * held.mean()) <= 1).all()


@few
@given(any_data)
def test_five_folds_of_equal_size_cover_all_that_is_not_test(data):
    sizes = np.bincount(data.split()["fold"].to_numpy()[data.trainable], minlength=5)
    assert len(sizes) == 5
    assert sizes.max() - sizes.min() <= 1


@few
@given(any_data)
def test_every_fold_keeps_the_shares_of_classes_or_foreground_within_rounding(data):
    folds = data.split()["fold"].to_numpy()[data.trainable]
    counts = pd.crosstab(strata(data), folds)
    assert ((counts.max(axis=1) - counts.min(axis=1)) <= 1).all()


@few
@given(any_data)
def test_the_same_seed_gives_the_same_split(data):
    pd.testing.assert_frame_equal(data.split(), data.split())


@few
@given(any_data, st.randoms(use_true_random=False))
def test_the_order_of_the_archive_is_irrelevant_once_ids_are_sorted(data, random):
    order = list(range(len(data.ids)))
    random.shuffle(order)
    ids = data.ids.iloc[order].reset_index(drop=True)
    back = np.argsort(ids["id"].to_numpy())
    again = data._replace(
        ids=ids.sort_values("id", ignore_index=True), targets=data.targets[order][back]
    )
    pd.testing.assert_frame_equal(again.split(), data.split())


@few
@given(any_data)
def test_the_given_table_is_left_alone(data):
    before = data.ids.copy()
    data.split()
    pd.testing.assert_frame_equal(data.ids, before)


@pytest.mark.parametrize("column", ["part", "fold"])
def test_another_seed_gives_another_split(column):
    first, second = (split(*labelled([50, 50]), 0.2, seed)[column] for seed in (1, 2))
    assert (first != second).any()


def test_the_largest_seed_that_a_study_may_state_can_be_used():
    seed = Data.model_json_schema()["properties"]["split_seed"]
    split(*labelled([10, 10]), 0.2, seed.get("maximum", 2**40))


@pytest.mark.parametrize(
    ("per_class", "validation"),
    [
        pytest.param([50, 4], 0.2, id="a class with fewer images than folds"),
        pytest.param([20] * 10, 0.01, id="a validation part smaller than the number of classes"),
        pytest.param([10, 10], 0.95, id="a training part smaller than the number of classes"),
        pytest.param([10, 10], 0.99, id="no training part at all"),
        pytest.param([], 0.2, id="nothing but test images"),
    ],
)
def test_too_few_images_are_the_users_to_mend(per_class, validation):
    with pytest.raises(UserError, match="too few"):
        split(*labelled(per_class, test=3), validation, 1)


def test_a_share_of_less_than_half_an_image_is_one_image():
    table = split(*labelled([8]), 0.05, 1)
    assert (table["part"] == "validation").sum() == 1


def test_few_masks_are_divided_by_chance_alone():
    table = split(images(["train"] * 19), np.zeros((19, 2, 2)), 0.2, 1)
    assert (table["part"] == "validation").sum() == 4
    assert table["fold"].value_counts().tolist() == [4, 4, 4, 4, 3]


def test_too_few_masks_are_the_users_to_mend():
    with pytest.raises(UserError, match="too few"):
        split(images(["train"] * 4), np.zeros((4, 2, 2)), 0.2, 1)


class Mapped(np.ndarray):
    """An array that refuses to give a row of the test part: rows from 20 on."""

    def __getitem__(self, rows):
        if self.shape[0] == 30:
            assert isinstance(rows, np.ndarray)
            assert rows.max() < 20
        return np.asarray(self)[rows]


@pytest.mark.parametrize("of_image", [(), (2, 2)], ids=["labels", "masks"])
@pytest.mark.parametrize("group", ["", "named"])
def test_targets_of_the_test_part_are_not_read(of_image, group):
    ids = images(["train"] * 20 + ["test"] * 10)
    if group:
        ids["group"] = [f"g{row // 2}" for row in range(30)]
    targets = np.zeros((30, *of_image), np.uint8)
    targets[:10] = 1
    split(ids, targets.view(Mapped), 0.2, 1)


def test_a_class_of_pixels_that_only_the_validation_part_would_show_is_refused():
    ids = images(["train"] * 20)
    masks = np.zeros((20, 2, 2), np.uint8)
    masks[::2, 0] = 1
    masks[3, 1] = 2
    outcomes = set()
    for seed in range(40):
        with contextlib.suppress(UserError):
            table = split(ids, masks, 0.2, seed)
            outcomes.add(table.loc[3, "part"])
            continue
        outcomes.add("refused")
    assert outcomes == {"train", "refused"}


def test_masks_of_equal_foreground_can_be_divided():
    table = split(images(["train"] * 20), np.ones((20, 2, 2)), 0.2, 1)
    assert (table["part"] == "validation").sum() == 4


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(PARTS)), max_size=20))
def test_equal_images_are_exactly_those_that_two_parts_share(drawn):
    ids = images([part for _, part in drawn]).assign(sha256=[sha for sha, _ in drawn])
    parts_of = {sha: {part for other, part in drawn if other == sha} for sha, _ in drawn}
    shared = [sha for sha, parts in parts_of.items() if len(parts) > 1]
    found = equal_images(ids, ids[["id", "part"]])
    assert list(found.columns) == ["sha256", "id", "part"]
    assert sorted(found["id"]) == sorted(ids["id"][ids["sha256"].isin(shared)])


def test_equal_images_are_listed_side_by_side():
    ids = images(["test", "train", "validation", "train"]).assign(sha256=["b", "a", "a", "b"])
    assert list(equal_images(ids, ids)["id"]) == ["i0001", "i0002", "i0000", "i0003"]


@few
@given(any_data)
def test_training_on_both_takes_the_rows_of_training_and_validation(data):
    rows = training_rows(data.split(), "train+validation")
    np.testing.assert_array_equal(rows, data.trainable)


@few
@given(any_data)
def test_training_never_sees_a_row_of_validation(data):
    table = data.split()
    assert set(table["part"].iloc[training_rows(table, "train")]) == {"train"}


@few
@given(any_data)
def test_each_training_image_is_held_out_by_one_fold_and_trained_on_by_the_others(data):
    table = data.split()
    parts = [hold_out(table, fold)["part"] for fold in sorted(set(table["fold"]) - {-1})]
    trainable = np.array(parts)[:, data.trainable]
    assert ((trainable == "validation").sum(axis=0) == 1).all()
    assert ((trainable == "train").sum(axis=0) == len(parts) - 1).all()
    for part in parts:
        np.testing.assert_array_equal(part == "test", table["part"] == "test")


def test_a_fold_that_the_groups_do_not_give_is_refused():
    table = pd.DataFrame({"part": ["train", "validation", "test"], "fold": [0, 1, -1]})
    with pytest.raises(UserError, match="below 2"):
        hold_out(table, 2)


@few
@given(any_data, st.sampled_from(["train", "train+validation"]))
def test_monitored_rows_are_training_rows_each_once(data, fit):
    table = data.split()
    rows = monitored_rows(table, fit)
    assert set(rows) <= set(training_rows(table, fit))
    assert len(set(rows)) == len(rows)


@few
@given(any_data, st.sampled_from(["train", "train+validation"]))
def test_as_many_rows_are_monitored_as_the_validation_part_has(data, fit):
    table = data.split()
    assert len(monitored_rows(table, fit)) == min(data.held_out, len(training_rows(table, fit)))


def test_monitored_rows_have_the_classes_shares_where_ids_begin_with_the_class():
    ids, labels = labelled([60, 30, 10])
    monitored = monitored_rows(split(ids, labels, 0.2, 1), "train")
    assert abs(np.bincount(labels[monitored]) - [12, 6, 2]).max() <= 1
