"""The study of CIFAR-10: the 33 trainings of its report, and what is left open."""

import pytest
from own_studies import own_study

from dlia.models import build

STUDY = own_study("cifar")
VARIANTS = {v.key: v for exercise in STUDY.exercises.values() for v in exercise.variants.values()}
REPORTED = {key for key, variant in VARIANTS.items() if variant.reported_on and variant.trains}
TWO_CONVOLUTIONS = {"convolutions": 2}


@pytest.mark.parametrize(
    ("key", "changes", "parameters"),
    [
        ("cifar1_2/relu_1", {}, 821_206),
        ("cifar1_2/relu_2", {}, 430_102),
        ("cifar1_2/relu_3", {}, 299_158),
        ("cifar1_2/relu_1", TWO_CONVOLUTIONS, 830_454),
        ("cifar1_2/relu_2", TWO_CONVOLUTIONS, 476_278),
        ("cifar1_2/relu_3", TWO_CONVOLUTIONS, 492_918),
    ],
)
def test_more_blocks_have_fewer_parameters(key, changes, parameters):
    model = VARIANTS[key].settings.model.model_copy(update=changes)
    network = build(model, (3, 32, 32), 10)
    assert sum(weights.numel() for weights in network.parameters()) == parameters


def test_the_33_trainings_of_the_report_have_their_two_values_each():
    assert len(REPORTED) == 33
    for key in REPORTED:
        printed = VARIANTS[key].reported_on
        assert {part: list(of) for part, of in printed.items()} == {
            "train": ["accuracy"],
            "validation": ["accuracy"],
        }


def test_values_printed_to_the_last_digit_are_shares_of_8000_and_of_2000_images():
    printed = [VARIANTS[key].reported_on for key in REPORTED]
    validation = [of["validation"]["accuracy"] for of in printed]
    # Others are rounded; 10.337 is the 10.3375 of the next row.
    training = [
        of["train"]["accuracy"]
        for of in printed
        if len(of["train"]["accuracy"].text.partition(".")[2]) > len("00 %")
        and of["train"]["accuracy"].text != "10.337 %"
    ]
    assert len(training) == 6
    counts = [8000 * value.value for value in training] + [2000 * v.value for v in validation]
    assert counts == pytest.approx([round(count) for count in counts])


@pytest.mark.parametrize("part", ["train", "validation"])
def test_a_value_that_is_shown_twice_has_one_claim_of_its_part(part):
    claims = STUDY.claims_of_values(part)
    assert claims["cifar1_4/random"] == claims["cifar1_3/all_0_3"]
    assert not STUDY.claims_of_values().keys() & REPORTED


@pytest.mark.parametrize("part", ["train", "validation"])
def test_every_reported_value_is_claimed_of_its_part(part):
    claimed = {c.of[0] for c in STUDY.claims.values() if c.kind == "value" and c.part == part}
    assert claimed >= REPORTED


def test_trainings_shown_twice_have_the_same_values():
    for variant in VARIANTS.values():
        if variant.same_as:
            assert variant.reported_on == VARIANTS[variant.same_as].reported_on


@pytest.mark.parametrize("place", ["convolutions", "hidden", "everywhere"])
def test_every_place_of_dropout_has_the_six_rates_of_the_report(place):
    dropouts = [v.settings.model.dropout for v in STUDY.exercises["cifar1_3"].variants.values()]
    assert [d.rate for d in dropouts if d.place == place or d.rate == 0] == [
        0,
        0.2,
        0.3,
        0.4,
        0.5,
        0.8,
    ]


def test_augmented_trainings_have_the_40000_and_32000_images_of_the_report():
    copies = {
        name: 1 + len(variant.settings.add_copies)
        for name, variant in STUDY.exercises["cifar1_5"].variants.items()
    }
    assert {name: count for name, count in copies.items() if count > 1} == {
        "augmented": 5,
        "augmented_dropout": 5,
        "augmented_without_noise": 4,
    }


def test_gradients_are_recorded_where_the_report_and_its_reasons_need_them():
    assert {key for key, v in VARIANTS.items() if v.settings.gradient_norms and v.trains} == {
        "cifar1_2/relu_3",
        "cifar1_2/tanh_3",
        "cifar1_4/zero",
        "cifar1_4/constant",
        "cifar1_4/constant_without_dropout",
        "cifar1_7/no_activation",
        "cifar1_7/linear",
    }


def test_a_network_that_is_linear_stands_beside_the_one_without_activations():
    names = [
        type(m).__name__ for m in build(VARIANTS["cifar1_7/linear"].settings.model, (3, 32, 32), 10)
    ]
    assert set(names) == {"Flatten", "Linear", "Identity"}


def test_that_linear_networks_are_at_chance_can_be_refuted():
    claim = STUDY.claims["linear_at_chance"]
    assert (claim.open_settings, claim.undefined) == ((), ())
