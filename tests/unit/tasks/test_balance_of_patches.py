"""How much of the gap between training and validation the balance of patches explains."""

import numpy as np
import pandas as pd
import pytest
from own_studies import own_study

from dlia.evaluation.volume_predictions import VolumeFacts, VolumePredictions
from dlia.study.check_claims import volume_problems
from dlia.study.claim_block import ClaimBlock
from dlia.study.document import Document
from dlia.tasks.volume_segmentation.balance_of_patches import (
    NO_CHOICE,
    NO_GAP,
    NO_PATCH,
    closed,
    facts_of_patches,
)
from dlia.verdicts.counts import finding_of_count
from dlia.verdicts.rules import NOT_REPRODUCED, REPRODUCED

# True and predicted classes. In training, both classes are as frequent; 90 and 80 % are right.
TRAINED = [[90, 10], [20, 80]]
SAME_RECALL = [[180, 20], [160, 640]]  # four times as many of the second class
WORSE = [[60, 40], [50, 50]]  # as balanced as in training


def facts(trained=TRAINED, validated=SAME_RECALL, balanced=WORSE) -> dict:
    """Measure predictions of a training and a validation volume with two slices each."""
    volumes = [VolumeFacts("A", "train", 0, 2, 9), VolumeFacts("B", "validation", 2, 2, 9)]
    slices = np.zeros((1, 4, 3, 2, 2), np.int32)
    slices[0, 0, :2, 0] = [[7, 1], [3, 2]]  # in the brain
    slices[0, 1, :2, 1] = [[0, 2], [0, 0]]  # outside
    slices[0, 2, :2, 0] = validated
    patches = np.array([[trained, balanced]], np.int64)
    trials = [{"trial": 0, "seed": 1, "epoch": 2, "status": "ok"}]
    distances = np.zeros((1, 2, 2, 2))
    found = VolumePredictions(np.zeros((1, 18)), slices, patches, distances, volumes, {}, trials)
    return {row["metric"]: row["mean"] for row in facts_of_patches(found, 0)}


def test_a_network_that_is_as_good_in_each_class_loses_by_their_shares_alone():
    assert facts()["gap_closed_by_shares"] == pytest.approx(1)


def test_a_network_that_is_worse_with_the_same_shares_does_not_lose_by_them():
    assert facts(validated=WORSE)["gap_closed_by_shares"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("balanced", "share"),
    [([[80, 20], [20, 80]], 1), ([[70, 30], [30, 70]], 0.5), ([[50, 50], [50, 50]], -0.5)],
)
def test_balanced_patches_close_the_gap_as_far_as_the_network_is_better_there(balanced, share):
    trained, validated = [[80, 20], [20, 80]], [[60, 40], [40, 60]]
    found = facts(trained, validated, balanced)["gap_closed_by_patches"]
    assert found == pytest.approx(share)


def test_a_network_that_learns_from_all_slices_has_no_patches_to_compare():
    found = facts(trained=[[8, 2], [0, 5]])  # as many of each class as the training volume has
    assert found["gap_closed_by_patches"] == NO_CHOICE
    assert found["training_smallest_share"] == NO_CHOICE
    assert isinstance(facts()["gap_closed_by_patches"], float)


def test_without_a_gap_nothing_can_close_it():
    assert facts(validated=[[100, 0], [0, 100]])["gap_closed_by_patches"] == NO_GAP
    assert closed(0.5, 0.5, 0.9) == NO_GAP


def test_without_balanced_patches_the_reason_is_told():
    assert facts(balanced=np.zeros((2, 2)))["gap_closed_by_patches"] == NO_PATCH


def test_slices_voxels_and_the_smallest_share_are_counted():
    found = facts()
    assert (found["training_slices"], found["validation_slices"]) == (2, 2)
    assert [found[f"training_voxels_class_{n}"] for n in (1, 2)] == [10, 5]
    assert found["training_smallest_share"] == 0.5
    shares = [found[f"training_share_class_{n}"] for n in (1, 2)]
    assert shares == pytest.approx([2 / 3, 1 / 3])


def test_voxels_of_every_volume_are_counted_and_claims_name_one_of_them():
    found = facts()
    assert [found[f"voxels_class_{n}/A"] for n in (1, 2)] == [10, 5]
    assert found["voxels_class_1/B"] == sum(SAME_RECALL[0])
    claim = own_study("brain").claims["volume_3_voxels_class_1"]
    assert claim.judged.words == "voxels of class 1 in IBSR_05"
    assert claim.measured.column == ("voxels_class_1/IBSR_05", "mean")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"quantity": "voxels_class_1"}, "goes with what is counted in one volume"),
        ({"volume": "IBSR_03"}, "such as quantity: voxels_class_1"),
        ({"quantity": "voxels_class_1", "volume": "IBSR_3"}, "did you mean IBSR_"),
        ({"quantity": "voxels_class_1", "volume": "IBSR_02"}, "IBSR_02 is in no part of the data"),
    ],
)
def test_a_claim_on_a_volume_names_one_that_is_used(own, said):
    study = own_study("brain")
    document = Document.model_construct(data=study.data)
    block = ClaimBlock.model_construct(**{"quantity": None, "volume": None} | own)
    (found,) = volume_problems(block, study.task, document)
    assert (found.path, said in found.message) == ("volume", True)


@pytest.mark.parametrize(
    ("share", "outcome", "text"),
    [(0.63224, REPRODUCED, "63.22 %"), (0.632, NOT_REPRODUCED, "63.20 % against 63.22 %")],
)
def test_a_share_that_is_counted_is_judged_to_the_last_printed_digit(share, outcome, text):
    claim = own_study("brain").claims["training_share_class_2"]
    assert finding_of_count(claim, share, pd.Series(dtype=float)) == (outcome, text)


def test_claims_on_balance_name_no_test_images():
    claims = own_study("brain").claims.values()
    parts = {claim.part for claim in claims if claim.quantity in (*facts(), "balanced_dice")}
    assert parts == {""}
