"""Groups stay whole: none is on both sides of the split, and shares are met as groups allow."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlia.data.splits import split
from dlia.errors import UserError

few = settings(max_examples=25)


def table_of(groups: list[str]) -> pd.DataFrame:
    ids = [f"i{row:04}" for row in range(len(groups))]
    return pd.DataFrame({"id": ids, "part": "train", "group": groups})


def held_out(table: pd.DataFrame) -> np.ndarray:
    return (table["part"] == "validation").to_numpy()


def tracks(per_class: list[int], frames: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Give ids and labels of ``per_class`` tracks of ``frames`` images, as of traffic signs."""
    labels = np.repeat(np.repeat(np.arange(len(per_class)), per_class), frames)
    names = np.repeat([f"{track:05}" for track in range(sum(per_class))], frames)
    return table_of(names.tolist()), labels


@st.composite
def tracked(draw: st.DrawFn) -> tuple[pd.DataFrame, np.ndarray, float, int]:
    per_class = draw(st.lists(st.integers(4, 12), min_size=2, max_size=6))
    data = tracks(per_class, draw(st.integers(1, 6)))
    return *data, draw(st.floats(0.25, 0.5)), draw(st.integers(0, 2**32 - 1))


@st.composite
def mixed(draw: st.DrawFn) -> tuple[pd.DataFrame, np.ndarray, float, int]:
    """Patients with images of any classes, some images without a patient, and test images."""
    count = draw(st.integers(20, 60))
    names = st.sampled_from(["", *(f"p{number}" for number in range(draw(st.integers(2, 15))))])
    groups = draw(st.lists(names, min_size=count, max_size=count))
    labels = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    ids = table_of(["p0", *groups])
    ids.loc[sorted(draw(st.sets(st.integers(1, count), max_size=5))), "part"] = "test"
    return ids, np.array([0, *labels]), draw(st.floats(0.1, 0.5)), draw(st.integers(0, 99))


def divided(data: tuple[pd.DataFrame, np.ndarray, float, int]) -> pd.DataFrame | None:
    """Give the split, or None where whole groups cannot give the share."""
    try:
        return split(*data)
    except UserError:
        return None


@few
@given(tracked() | mixed())
def test_no_group_is_on_both_sides(data):
    table = divided(data)
    if table is not None:
        known = table.assign(group=data[0]["group"])[data[0]["part"] == "train"]
        sides = known[known["group"] != ""].groupby("group")["part"].nunique()
        assert (sides == 1).all()


@few
@given(tracked() | mixed())
def test_no_group_is_in_two_folds(data):
    table = divided(data)
    if table is not None:
        known = table.assign(group=data[0]["group"])[data[0]["part"] == "train"]
        assert (known[known["group"] != ""].groupby("group")["fold"].nunique() == 1).all()


@few
@given(tracked() | mixed())
def test_no_fold_is_empty(data):
    table = divided(data)
    if table is not None:
        known = data[0][data[0]["part"] == "train"]
        groups = known["group"].where(known["group"] != "", known["id"]).nunique()
        assert set(table["fold"]) - {-1} == set(range(min(5, groups)))


@few
@given(mixed())
def test_the_share_is_within_half_of_what_is_wanted_or_the_users_to_choose(data):
    table = divided(data)
    if table is not None:
        images = int((data[0]["part"] == "train").sum())
        assert abs(held_out(table).sum() - data[2] * images) <= data[2] * images / 2


@few
@given(mixed())
def test_the_test_part_is_untouched_and_in_no_fold(data):
    table = divided(data)
    if table is not None:
        given_test = data[0]["part"] == "test"
        assert ((table["part"] == "test") == given_test).all()
        assert ((table["fold"] == -1) == given_test).all()


@few
@given(tracked())
def test_the_share_of_every_class_is_met_to_within_one_group(data):
    ids, labels, validation, _ = data
    held = held_out(split(*data))
    frames = ids["group"].value_counts().iloc[0]
    counts = np.bincount(labels[held], minlength=labels.max() + 1)
    assert (abs(counts - validation * np.bincount(labels)) <= frames).all()


@few
@given(tracked())
def test_every_class_is_on_both_sides_where_a_group_has_one_class(data):
    held = held_out(split(*data))
    assert set(data[1][held]) == set(data[1][~held]) == set(data[1])


def test_every_class_is_on_both_sides_where_any_choice_of_mixed_groups_gives_that():
    generator = np.random.default_rng(0)
    possible = 0
    for seed in range(60):
        groups = generator.integers(0, 7, 24)
        labels = generator.integers(0, 3, 24) // (1 + groups % 2)
        data = table_of([f"p{group}" for group in groups]), labels, 0.4, seed
        if not any_choice_fits(groups, labels, 0.4):
            continue
        possible += 1
        held = held_out(split(*data))
        assert set(labels[held]) == set(labels[~held])
    assert possible > 30


def any_choice_fits(groups: np.ndarray, labels: np.ndarray, validation: float) -> bool:
    """Try all choices of groups for one with every class on both sides, near to the share."""
    wanted = validation * len(labels)
    for count in range(1, 7):
        for chosen in itertools.combinations(range(7), count):
            held = np.isin(groups, chosen)
            near = abs(held.sum() - wanted) <= wanted / 4
            if near and set(labels[held]) == set(labels[~held]) == set(labels):
                return True
    return False


def test_a_class_of_one_group_stays_in_training():
    held = held_out(split(*tracks([1, 8, 8], 4), 0.25, 1))
    assert not held[:4].any()


def test_images_without_a_group_are_divided_one_by_one():
    ids = table_of(["a"] * 12 + ["b"] * 12 + [""] * 16)
    held = held_out(split(ids, np.arange(40) % 2, 0.25, 1))
    assert (held[:24].sum(), held[24:].sum()) == (0, 10)


@few
@given(tracked())
def test_the_same_seed_gives_the_same_split(data):
    pd.testing.assert_frame_equal(split(*data), split(*data))


def test_another_seed_holds_out_other_groups():
    first, second = (held_out(split(*tracks([20, 20], 3), 0.2, seed)) for seed in (1, 2))
    assert (first != second).any()


def test_the_names_of_groups_are_text():
    ids = table_of([str(row // 4) for row in range(40)])
    held = held_out(split(ids, np.arange(40) // 4 % 2, 0.4, 1))
    assert ids[held]["group"].nunique() == 4


def test_volumes_are_divided_whole_by_the_classes_of_their_slices():
    masks = np.zeros((60, 4, 4), np.uint8)
    masks[:, 0, 0] = np.arange(60) % 3
    ids = table_of([f"v{row // 10}" for row in range(60)])
    table = split(ids, masks, 1 / 3, 1)
    assert ids[held_out(table)]["group"].value_counts().tolist() == [10, 10]


def test_few_groups_make_few_folds_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = split(*tracks([1, 2], 3), 0.4, 1)
    assert sorted(set(table["fold"])) == [0, 1, 2]


@pytest.mark.parametrize(
    ("data", "validation", "words"),
    [
        pytest.param(tracks([1], 9), 0.2, "all training images are of one group", id="one group"),
        pytest.param(
            tracks([3], 9), 0.1, r"data.validation is 0.1, .* 3 groups of the 27 .* 0.33", id="few"
        ),
        pytest.param(tracks([2] * 5, 3), 0.1, "state a data.validation of about 0.5", id="halves"),
        pytest.param(tracks([1] * 4, 3), 0.25, r"the nearest is 0; .* about 0.25", id="single"),
    ],
)
def test_a_share_that_whole_groups_cannot_give_is_the_users_to_change(data, validation, words):
    with pytest.raises(UserError, match=words):
        split(*data, validation, 1)


def test_a_group_in_training_and_in_the_test_part_is_refused():
    ids, labels = tracks([5, 5], 2)
    ids.loc[ids.index[-1], "part"] = "test"
    with pytest.raises(UserError, match=ids["group"].iloc[-1]):
        split(ids, labels, 0.25, 1)
