"""Claims of a study file: how they are read, what they rest on, and what is refused."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from own_studies import own_studies

from dlia.errors import UserError
from dlia.study.claims import Claim
from dlia.study.model import Study
from dlia.study.part_names import VALIDATION as VALIDATION_PART
from dlia.study.quantities import SHARED
from dlia.tasks import TASK_NAMES, task_named
from dlia.tasks.studies import load_studies

DIGITS = """
title: Digits
task: classification
sources:
  sheet: {citation: A sheet}
  asks: {citation: A sheet, assignment: true}
  R2024: {citation: A report, fit: train+validation}
  R2019: {citation: Another report, fit: train}
data: {archive: A.zip, layout: class_folders, size: [28, 28], channels: 1, classes: [a, b],
       validation: 0.1, standin: {kind: digits, train: 100, test: 10, size: 28}}
defaults:
  model: {name: cnn}
  loss: {name: cross_entropy}
  optimizer: {name: sgd, learning_rate: 0.1}
  batch_size: 32
  epochs: 10
exercises:
  e:
    title: T
    question: Q?
    variants:
      a: {source: R2024, reported: {accuracy: 98.78 %}, assumed: {batch_size: r, epochs: r}}
      twin: {same_as: e/a}
      built: {base: e/a, epochs: 5, assumed: {model: r}, reported: {accuracy: figure only}}
      other: {}
      blind: {fit: train+validation, monitor: [train]}
      watched: {fit: train+validation, monitor: [train, test], epochs: 8}
      unlike: {fit: train+validation, monitor: [train, test]}
"""
GLANDS = (
    DIGITS.replace("classification", "segmentation")
    .replace("class_folders", "image_mask_pairs")
    .replace("kind: digits", "kind: glands")
    .replace("name: cnn}", "name: fcn}\n  prediction: {threshold: 0.5}")
    .replace("accuracy", "dice")
)
CLAIM = {"source": "sheet 1.1", "says": "It is good.", "of": "e/a"}
ABOVE = {"above": "98 %"}
COUNT = {"quantity": "parameters", "value": "21,578"}
LOSS = {"quantity": "loss", "below": "0.1"}
CURVE = {"part": "validation", **ABOVE}
Edit = Callable[[dict[str, Any]], Any]


@pytest.fixture
def load(tmp_path):
    """Give what writes and loads a study with one claim, or another change."""

    def load_study(
        own: dict[str, Any] | None = None, text: str = DIGITS, edit: Edit = dict
    ) -> Study:
        document = yaml.safe_load(text)
        if own is not None:
            document["claims"] = {"c": {**CLAIM, **own}}
        edit(document)
        (tmp_path / "studies").mkdir(exist_ok=True)
        (tmp_path / "studies" / "x.yaml").write_text(yaml.safe_dump(document))
        return load_studies(["x"], tmp_path)["x"]

    return load_study


@pytest.fixture
def read(load) -> Callable[..., Claim]:
    return lambda **own: load(own).claims["c"]


@pytest.fixture
def refusal(load) -> Callable[..., str]:
    def message(*arguments: Any) -> str:
        with pytest.raises(UserError) as caught:
            load(*arguments)
        return str(caught.value)

    return message


def variant(name: str, **keys: Any) -> Edit:
    return lambda document: document["exercises"]["e"]["variants"][name].update(keys)


def boundary(*names: str) -> Edit:
    return lambda document: document["exercises"]["e"].update(boundary=list(names))


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({}, "c: claims nothing; state one of value, above, below, higher_than, lower_than, "),
        ({**ABOVE, "below": "99 %"}, "c: states above and below; state one of value, above, "),
        ({**ABOVE, "fit": "fits"}, "c: states above and fit; state one of value, above, below, "),
        ({**ABOVE, "of": "e/biult"}, "c.of: there is no variant e/biult; did you mean e/built?"),
        ({"lower_than": "e/othr"}, "c.lower_than: there is no variant e/othr; did you mean e/oth"),
        ({**ABOVE, "of": "a"}, "c.of: 'a': write exercise/variant, such as ex1_2/sgd"),
        ({**ABOVE, "of": ["e/a", "e/a"]}, "c.of: contains an entry twice; remove one"),
        ({**ABOVE, "of": ["e/a", "e/other", "e/built"]}, "c.of: has 3 entries, at most 2 wanted"),
        ({**ABOVE, "source": "R2042 1"}, "c.source: R2042 is none of the study's sources; did you"),
        ({**ABOVE, "says": ""}, "c.says: is empty"),
        ({**ABOVE, "say": "x"}, "c.say: unknown key; did you mean says?"),
        (
            {**ABOVE, "quantity": "acuracy"},
            "c.quantity: acuracy is not known of a classification; did you mean accuracy?",
        ),
        (
            {**ABOVE, "quantity": "dice"},
            "c.quantity: dice is not known of a classification; known here: accuracy, ",
        ),
        ({**ABOVE, "part": "tests"}, "c.part: tests is not one of test, validation, train; did"),
        (LOSS, "c.of: e/a has no curves of test images (monitor)"),
        (
            {**LOSS, "quantity": "loss_gap", "part": "train"},
            "c.part: loss_gap is known on validation or test images; state part: validation",
        ),
        ({**ABOVE, "epoch": 3}, "c.of: e/a has no curves of test images (monitor)"),
        ({**COUNT, "part": "train", "epoch": 3}, "c.epoch: parameters has no curve; remove it"),
        ({**ABOVE, "of": "e/watched", "epoch": 9}, "c.epoch: e/watched ends after epoch 8"),
        (
            {"lower_than": "e/blind"},
            "c.lower_than: e/a and e/blind are trained on different images (fit)",
        ),
        (
            {**LOSS, "quantity": "loss_rise", "part": "validation", "epoch": 3},
            "c.epoch: the claim is about the whole curve; remove it",
        ),
        ({**CURVE, "epoch": 0}, "c.epoch: 0 is below 1"),
        ({**CURVE, "epoch": "last"}, "c.epoch: 'last' does not have the form ^all$"),
        ({**CURVE, "epoch": 11}, "c.epoch: e/a ends after epoch 10"),
        (
            {"part": "train", "epoch": 6, "lower_than": "e/built"},
            "c.epoch: e/built ends after epoch 5",
        ),
        ({**CURVE, "of": "e/blind"}, "c.of: e/blind has no curves of validation images (monitor)"),
        (
            {"of": "e/watched", "epoch": 3, "lower_than": "e/blind"},
            "c.lower_than: e/blind has no curves of test images (monitor)",
        ),
        ({"value": "good"}, 'c.value: \'good\': write it as printed, such as "98.78 %", "21,578"'),
        ({"value": "98%"}, "c.value: '98%': write it as printed"),
        ({**COUNT, "value": "1,,,"}, "c.value: '1,,,': write it as printed"),
        ({"value": 0.98}, "c.value: 0.98 is not text: put it in quotes"),
        ({"value": "reported", "of": "e/other"}, "c.value: e/other has no number under reported.a"),
        ({"value": "reported", "of": "e/built"}, "c.value: e/built has no number under reported.a"),
        (
            {"of": ["e/a", "e/other"], "higher_than": "e/built"},
            "c.higher_than: two variants can only be compared with two, one with one",
        ),
        (
            {"equal_to": ["e/other", "e/built"]},
            "c.equal_to: two variants can only be compared with two, one with one",
        ),
        ({"value": "98 %", "of": ["e/a", "e/other"]}, "c.of: value is about one variant; name one"),
        ({"fit": "fits", "of": ["e/a", "e/other"]}, "c.of: fit is about one variant; name one"),
        (
            {"above": "10", "of": ["e/a", "e/other"], "part": "validation", "reaches": "90 %"},
            "c.reaches: above of a crossing is about one variant; name one",
        ),
        ({"fit": "fits", "quantity": "loss"}, "c.quantity: does not go with fit; remove it"),
        ({"fit": "fits", "epoch": 3}, "c.epoch: does not go with fit; remove it"),
        ({"fit": "fits", "part": "validation"}, "c.part: does not go with fit; remove it"),
        ({"fit": "fits", "part": "train"}, "c.part: does not go with fit; remove it"),
        ({"fit": "fits", "of": "e/blind"}, "c.of: e/blind has no curves of held-out images (mon"),
        ({"value": "97"}, "c.value: '97' is more than a share can be; write 97 %"),
        (
            {**COUNT, "value": "reported"},
            "c.value: e/a has no number under reported.parameters",
        ),
        (
            {"fit": "overfit"},
            "c.fit: overfit is not one of underfits, fits, overfits, diverged, co",
        ),
    ],
)
def test_a_claim_that_cannot_be_tested_is_one_line_with_file_and_key(refusal, own, said):
    text = refusal(own)
    assert text.startswith(f"studies/x.yaml: claims.{said}")
    assert "\n" not in text


SECONDS = {"quantity": "seconds"}
FIRST = {"quantity": "first_layer_parameters"}
VALIDATION = {"part": "validation"}
AGREES = {"quantity": "agreement", "above": "0.9"}


def agreeing(document: dict[str, Any]) -> None:
    document["exercises"]["e"]["agreement"] = True


def test_agreement_is_for_segmentations_only(refusal):
    said = refusal(ABOVE, DIGITS, agreeing)
    assert said == "studies/x.yaml: exercises.e.agreement: is for segmentations only; remove it"


@pytest.mark.parametrize(
    ("own", "edit", "said"),
    [
        ({"of": "e/built"}, dict, "needs agreement: true in the exercise e"),
        ({"of": "e/a"}, agreeing, "e/a has no base in e, with which its predictions could agree"),
    ],
)
def test_what_is_compared_with_no_other_prediction_agrees_with_none(refusal, own, edit, said):
    found = refusal({**AGREES, **own}, GLANDS, edit)
    assert found == f"studies/x.yaml: claims.c.quantity: {said}"


@pytest.mark.parametrize(
    ("own", "text", "said"),
    [
        ({}, "5 min", "accuracy is written with % or no unit"),
        ({}, "50 s", "accuracy is written with % or no unit"),
        (SECONDS, "50 %", "seconds is written with min or s"),
        (SECONDS, "50", "seconds is written with min or s"),
        ({"quantity": "seconds_per_epoch"}, "50", "seconds_per_epoch is written with min or s"),
        ({"quantity": "parameters"}, "50 s", "parameters is written with no unit"),
        (FIRST, "50 %", "first_layer_parameters is written with no unit"),
        ({**VALIDATION, "quantity": "loss"}, "5 %", "loss is written with no unit"),
        ({**VALIDATION, "quantity": "loss_rise"}, "5 s", "loss_rise is written with % or no unit"),
    ],
)
@pytest.mark.parametrize("kind", ["value", "above", "below"])
def test_a_unit_that_does_not_fit_the_quantity_is_refused(refusal, kind, own, text, said):
    assert refusal({**own, kind: text}) == f"studies/x.yaml: claims.c.{kind}: {text!r}: {said}"


@pytest.mark.parametrize(
    ("quantity", "text", "said"),
    [
        ("dice", "5 s", "dice is written with % or no unit"),
        ("assd", "3 %", "assd is written with no unit"),
        ("checkerboard", "3 %", "checkerboard is written with no unit"),
        ("checkerboard_images", "3 s", "checkerboard_images is written with % or no unit"),
        ("spread_correlation", "30 %", "spread_correlation is written with no unit"),
    ],
)
def test_a_unit_that_does_not_fit_a_segmentation_is_refused(refusal, quantity, text, said):
    message = refusal({"quantity": quantity, "above": text}, GLANDS)
    assert message == f"studies/x.yaml: claims.c.above: {text!r}: {said}"


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ({"value": "97 %"}, DIGITS),
        ({"value": "0.97"}, DIGITS),
        ({"value": "100 %"}, DIGITS),
        ({"value": "1"}, DIGITS),
        ({"above": "97 %"}, DIGITS),
        ({**SECONDS, "value": "5 min"}, DIGITS),
        ({**SECONDS, "above": "50 s"}, DIGITS),
        ({**FIRST, "value": "21,578"}, DIGITS),
        ({**VALIDATION, "quantity": "loss", "value": "2.3"}, DIGITS),
        ({**VALIDATION, "quantity": "loss_rise", "above": "150 %"}, DIGITS),
        ({"value": "0.66"}, GLANDS),
        ({"value": "66 %"}, GLANDS),
        ({"quantity": "assd", "value": "30.3"}, GLANDS),
        ({"quantity": "checkerboard_images", "above": "0 %"}, GLANDS),
        ({"quantity": "spread_correlation", "above": "0"}, GLANDS),
    ],
)
def test_a_number_is_kept_as_its_quantity_is_written(load, own, text):
    kind = next(kind for kind in ("value", "above", "below") if kind in own)
    assert load(own, text).claims["c"].claimed == own[kind]


@pytest.mark.parametrize(
    ("quantity", "study"),
    [
        ("accuracy", DIGITS),
        ("dice", GLANDS),
        ("lowest_dice", GLANDS),
        ("pixel_accuracy", GLANDS),
        ("checkerboard_images", GLANDS),
    ],
)
@pytest.mark.parametrize("text", ["97", "101 %"])
def test_a_share_of_more_than_all_is_refused(refusal, quantity, study, text):
    message = refusal({"quantity": quantity, "value": text}, study)
    assert message.startswith(f"studies/x.yaml: claims.c.value: {text!r} is more than a share ")


@pytest.mark.parametrize("kind", ["above", "below"])
def test_a_level_that_no_share_can_reach_is_refused(refusal, kind):
    assert refusal({kind: "97"}).startswith(f"studies/x.yaml: claims.c.{kind}: ")


def test_it_is_not_proposed_to_write_per_cent_twice(refusal):
    assert "% %" not in refusal({"value": "101 %"})


def test_a_loss_can_rise_by_more_than_all_of_it(load):
    claim = load({**VALIDATION, "quantity": "loss_rise", "value": "150 %"}).claims["c"]
    assert claim.claimed == "150 %"


@pytest.mark.parametrize("kind", ["above", "below"])
def test_only_a_value_is_as_reported(refusal, kind):
    assert refusal({kind: "reported"}).startswith(f"studies/x.yaml: claims.c.{kind}: ")


def test_a_level_is_not_refused_for_a_number_that_is_reported(refusal):
    # e/a reports 98.78 %.
    assert "no number under reported" not in refusal({"above": "reported"})


@pytest.mark.parametrize(
    ("of", "other"),
    [
        ("e/a", "e/a"),
        ("e/a", "e/twin"),
        ("e/twin", "e/a"),
        (["e/a", "e/other"], ["e/a", "e/other"]),
        (["e/a", "e/other"], ["e/other", "e/twin"]),
    ],
)
@pytest.mark.parametrize("kind", ["higher_than", "lower_than", "equal_to"])
def test_a_training_is_not_compared_with_itself(refusal, kind, of, other):
    message = refusal({"of": of, kind: other})
    assert message.startswith(f"studies/x.yaml: claims.c.{kind}: ")
    assert message.endswith(" is the same training; name another")


def test_how_much_a_training_differs_from_itself_is_not_claimed(refusal):
    message = refusal({"of": ["e/a", "e/twin"], "higher_than": ["e/other", "e/built"]})
    assert message.startswith("studies/x.yaml: claims.c.of: ")


def test_pairs_may_have_a_training_in_common(read):
    claim = read(of=["e/a", "e/other"], higher_than=["e/built", "e/twin"])
    assert claim.against == ("e/built", "e/twin")


def test_what_is_about_no_images_needs_no_validation_images(read):
    claim = read(of="e/blind", lower_than="e/other", **SECONDS, **VALIDATION)
    assert claim.against == ("e/other",)


@pytest.mark.parametrize("key", ["source", "says", "of"])
def test_a_claim_needs_a_source_a_sentence_and_a_variant(refusal, key):
    def remove(document: dict[str, Any]) -> None:
        del document["claims"]["c"][key]

    assert refusal(ABOVE, DIGITS, remove) == f"studies/x.yaml: claims.c.{key}: is missing"


REACHES = {"of": "e/watched", "reaches": "90 %"}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            {**REACHES, "value": "about 200", "epoch": 3},
            "epoch: the claim is about the whole curve",
        ),
        ({**REACHES, "value": "20 %"}, "value: '20 %': accuracy is written with no unit"),
        (
            {**REACHES, "reaches": "5 s", "value": "20"},
            "reaches: '5 s': accuracy is written with %",
        ),
        ({**REACHES, "of": "e/a", "value": "20"}, "of: e/a has no curves of test images (monitor)"),
        ({**COUNT, "reaches": "5"}, "reaches: parameters has no curve; remove it"),
        ({**ABOVE, "crossing": "for_good"}, "crossing: goes with reaches; state the level, or "),
        ({**REACHES, "crossing": "either", "value": "20"}, "crossing: needs a reason: state "),
        (
            {**REACHES, "crossing": "either", "value": "20", "or_quantity": "accuracy_rise"}
            | {"assumed": {"quantity": "It does not say."}},
            "or_quantity: is one reading too many",
        ),
        (
            {**SECONDS, "relative_to": "e/othr", "value": "2 times"},
            "relative_to: there is no varia",
        ),
        (
            {**SECONDS, "relative_to": "e/other", "value": "5 s"},
            "value: '5 s': seconds is written w",
        ),
        ({**SECONDS, "value": "5.4 times"}, "value: '5.4 times': seconds is written with min or s"),
        (
            {"relative_to": "e/other", **ABOVE},
            "relative_to: is for value, above and below of run ti",
        ),
        (
            {**SECONDS, "relative_to": "e/other", "lower_than": "e/built"},
            "relative_to: is for value, above and below of run times only",
        ),
        (
            {"quantity": "mistaken", "above": "0"},
            "pair: goes with quantity: mistaken, and names two",
        ),
        (
            {"pair": ["a", "b"], **ABOVE},
            "pair: goes with quantity: mistaken, and names two classes",
        ),
        (
            {"volume": "scan 1", **ABOVE},
            "volume: goes with what is counted in one volume, which a classification does not have",
        ),
        (
            {"quantity": "mistaken", "above": "0", "pair": ["a", "c"]},
            "pair: c: no such class; known here: a, b",
        ),
        (
            {"quantity": "gradient_norm", "part": "train", "lower_than": "e/built"},
            "of: e/a records no gradients (gradient_norms)",
        ),
    ],
)
def test_what_is_derived_from_a_quantity_fits_it(refusal, own, said):
    assert f"studies/x.yaml: claims.c.{said}" in refusal(own)


def test_a_claim_on_a_level_is_about_epochs_or_updates(read):
    assert read(**REACHES, value="about 200").judged.words == "epochs until accuracy exceeds 90 %"
    own = {**REACHES, "counted_in": "updates", "lower_than": "e/unlike"}
    assert read(**own).judged.family == "updates"


def test_a_run_time_can_be_claimed_relative_to_another(read):
    claim = read(**SECONDS, relative_to="e/other", value="5.4 times")
    assert claim.variants == ("e/a", "e/other")
    assert (claim.judged.family, claim.is_volatile) == ("times", True)


def test_a_comparison_of_printed_accuracies_keeps_what_is_printed(load, read):
    own = {"lower_than": "e/other"}
    printed = load(own, DIGITS, variant("other", reported={"accuracy": "99 %"})).claims["c"].printed
    assert printed == ("98.78 %", "99 %")
    assert read(**own).printed == ()


def test_an_assignment_prints_no_accuracies(load):
    own = {"source": "asks 1.1", "equal_to": "e/other"}
    study = load(own, DIGITS, variant("other", reported={"accuracy": "99 %"}))
    assert study.claims["c"].printed == ()


def test_a_claim_on_mistakes_names_both_classes(read):
    claim = read(quantity="mistaken", pair=["a", "b"], above="0")
    assert claim.judged.words == "images of a predicted as b"


def test_every_claim_with_a_fault_has_a_line(refusal):
    def add(document: dict[str, Any]) -> None:
        document["claims"]["d"] = {**CLAIM, "above": "5 min"}
        document["claims"]["e"] = {**CLAIM, "fit": "fits", "part": "train", "epoch": 3}

    assert refusal({}, DIGITS, add).splitlines() == [
        "studies/x.yaml:",
        "  studies/x.yaml: claims.c: claims nothing; state one of value, above, below, "
        "higher_than, lower_than, equal_to, fit",
        "  studies/x.yaml: claims.d.above: '5 min': accuracy is written with % or no unit",
        "  studies/x.yaml: claims.e.epoch: does not go with fit; remove it",
        "  studies/x.yaml: claims.e.part: does not go with fit; remove it",
    ]


def test_quantities_of_classifications_are_not_those_of_segmentations(refusal):
    said = refusal({**ABOVE, "quantity": "accuracy"}, GLANDS)
    assert said == (
        "studies/x.yaml: claims.c.quantity: accuracy is not known of a segmentation; "
        "did you mean pixel_accuracy?"
    )


def test_a_study_need_not_claim_anything(load):
    assert load().claims == {}


def test_a_claim_is_about_the_metric_on_test_images_unless_it_says_otherwise(read, load):
    claim = read(**ABOVE)
    assert (claim.quantity, claim.part, claim.epoch) == ("accuracy", "test", "")
    assert load(ABOVE, GLANDS).claims["c"].quantity == "dice"


@pytest.mark.parametrize(
    ("own", "kind", "claimed", "against"),
    [
        ({"value": "98.8 %"}, "value", "98.8 %", ()),
        ({"value": "reported"}, "value", "98.78 %", ()),
        ({"above": "98 %"}, "above", "98 %", ()),
        ({"below": "0.9"}, "below", "0.9", ()),
        ({"higher_than": "e/built"}, "higher_than", "", ("e/built",)),
        ({"lower_than": "e/built"}, "lower_than", "", ("e/built",)),
        ({"equal_to": "e/built"}, "equal_to", "", ("e/built",)),
        ({"fit": "overfits"}, "fit", "overfits", ()),
    ],
)
def test_a_claim_has_a_kind_and_what_it_claims(read, own, kind, claimed, against):
    claim = read(**own)
    assert (claim.kind, claim.claimed, claim.against) == (kind, claimed, against)


def test_a_claim_names_both_of_two_variants(read):
    claim = read(of=["e/a", "e/other"], higher_than=["e/built", "e/twin"])
    assert (claim.of, claim.against) == (("e/a", "e/other"), ("e/built", "e/twin"))


@pytest.mark.parametrize(("epoch", "written"), [(6, "6"), ("all", "all")])
def test_the_epoch_of_a_curve_is_kept_as_it_is_written(read, epoch, written):
    assert read(**CURVE, epoch=epoch).epoch == written


def test_the_last_epoch_is_one_of_the_training(read):
    assert read(**CURVE, epoch=10).epoch == "10"


def test_a_network_that_trains_on_validation_images_has_a_training_curve(read):
    assert read(of="e/blind", part="train", epoch=3, **ABOVE).part == "train"


def test_a_fit_comment_is_read_on_the_held_out_images_that_are_monitored(read):
    assert read(fit="fits").part == "validation"
    assert read(of="e/watched", fit="fits").part == "test"


@pytest.mark.parametrize(
    "own",
    [
        {"epoch": 3, **ABOVE},
        {"epoch": "all", "higher_than": "e/unlike"},
        {"quantity": "loss_rise", "above": "5 %"},
    ],
)
def test_a_curve_of_test_images_can_be_claimed_where_it_is_monitored(read, own):
    claim = read(of="e/watched", **own)
    assert (claim.part, claim.other_images) == ("test", False)


def test_how_many_seconds_a_training_takes_can_be_compared_whatever_it_trains_on(read):
    assert read(lower_than="e/blind", quantity="seconds").against == ("e/blind",)


@pytest.mark.parametrize("own", [COUNT, {"quantity": "seconds", "value": "5 min"}])
def test_what_is_about_no_images_is_read_on_none(read, own):
    claim = read(**own, part="validation", source_used="test")
    assert claim.part == ""
    assert not claim.other_images


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ({**CURVE, "source_used": "test"}, True),
        ({"fit": "fits", "source_used": "test"}, True),
        ({**CURVE, "source_used": "validation"}, False),
        ({**CURVE, "source_used": "unknown"}, False),
        (CURVE, False),
        ({**ABOVE, "source_used": "test"}, False),
        ({**ABOVE, "part": "train", "source_used": "test"}, False),
    ],
)
def test_images_are_others_where_validation_takes_the_place_of_test(read, own, other):
    assert read(**own).other_images is other


@pytest.mark.parametrize(
    ("own", "settings"),
    [
        ({"of": "e/a", **ABOVE}, ("batch_size", "epochs")),
        ({"of": "e/twin", **ABOVE}, ("batch_size", "epochs")),
        # It states its own epochs, so that only one assumption of its base is left.
        ({"of": "e/built", **ABOVE}, ("batch_size", "model")),
        ({"of": "e/other", **ABOVE}, ()),
        ({"of": "e/a", "lower_than": "e/built"}, ("batch_size", "epochs", "model")),
        ({"of": "e/other", "lower_than": "e/a"}, ("batch_size", "epochs")),
        (
            {"of": ["e/other", "e/built"], "lower_than": ["e/a", "e/other"]},
            ("batch_size", "model", "epochs"),
        ),
        ({"of": "e/built", "fit": "fits"}, ("batch_size", "model")),
    ],
)
def test_a_claim_rests_on_what_any_of_its_variants_assumes(read, own, settings):
    assert read(**own).open_settings == settings


@pytest.mark.parametrize(
    ("source", "settings"), [("asks 1", ()), ("R2024 1", ("batch_size", "epochs"))]
)
def test_an_assignment_leaves_nothing_open_about_the_readers_own_network(read, source, settings):
    claim = read(source=source, **ABOVE)
    assert (claim.open_settings, claim.asked) == (settings, source == "asks 1")


def test_what_a_source_does_not_define_is_kept_with_its_reason(load):
    own = {"value": "0.9", "assumed": {"quantity": "It does not say."}, "or_quantity": "iou"}
    claim = load(own, GLANDS).claims["c"]
    assert (claim.undefined, claim.or_quantity) == (("It does not say.",), "iou")
    assert claim.or_measured.words == "IoU"


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"or_quantity": "iou"}, "needs a reason: state assumed: {quantity: ...}"),
        ({"or_quantity": "assd"}, "assd is no other reading of dice; "),
        ({"or_quantity": "ioo"}, "ioo is no other reading of dice; did you mean iou?"),
    ],
)
def test_another_reading_is_a_quantity_of_the_same_kind_with_a_reason(refusal, own, said):
    reason = {} if own["or_quantity"] == "iou" else {"assumed": {"quantity": "It does not say."}}
    text = refusal({"value": "0.9", **own, **reason}, GLANDS)
    assert text.startswith(f"studies/x.yaml: claims.c.or_quantity: {said}")


@pytest.mark.parametrize(
    ("source", "own", "differs"),
    [
        ("R2024 1.1", {"of": "e/other", **ABOVE}, True),
        ("R2024", {"of": "e/other", **ABOVE}, True),
        ("R2024 1.1", {"of": "e/blind", **ABOVE}, False),
        ("R2024 1.1", {"of": "e/blind", "lower_than": "e/watched"}, False),
        ("R2019 1.1", {"of": "e/blind", "lower_than": "e/watched"}, True),
        ("R2024 1.1", {"of": "e/other", "fit": "fits"}, True),
        ("R2024 1.1", {"of": "e/other", **COUNT}, False),
        ("R2024 1.1", {"of": "e/other", "quantity": "seconds", "value": "5 min"}, False),
        ("R2019 1.1", {"of": "e/other", **ABOVE}, False),
        ("R2019 1.1", {"of": "e/blind", **ABOVE}, True),
        ("sheet 1.1", {"of": "e/other", **ABOVE}, False),
        ("sheet 1.1", {"of": "e/blind", **ABOVE}, False),
    ],
)
def test_a_claim_trains_on_other_images_where_the_source_says_so(read, source, own, differs):
    assert read(source=source, **own).other_training is differs


@pytest.mark.parametrize("source", ["sheet 1.1", "R2024 1.1", "R2019 1.1"])
def test_the_training_set_is_none_of_the_open_settings(read, source):
    assert read(source=source, of="e/a", **ABOVE).open_settings == ("batch_size", "epochs")


@pytest.mark.parametrize("own", [{"of": "e/a", **COUNT}, {"of": "e/a", **SECONDS, "above": "1 s"}])
def test_what_is_about_no_images_still_rests_on_open_settings(read, own):
    assert read(**own).open_settings == ("batch_size", "epochs")


@pytest.mark.parametrize("name", TASK_NAMES)
def test_a_task_measures_nothing_under_a_name_that_every_task_has(name):
    assert not task_named(name).quantities.keys() & SHARED.keys()


@pytest.fixture(scope="module")
def studies() -> dict[str, Study]:
    return own_studies("mnist", "warwick")


@pytest.fixture(scope="module")
def real(studies) -> list[tuple[Study, Claim]]:
    return [(study, claim) for study in studies.values() for claim in study.claims.values()]


def test_no_claim_of_the_sheet_is_undecided_by_what_a_report_leaves_open(real):
    reserved = [
        claim.id
        for _, claim in real
        if claim.source.startswith("sheet")
        and (claim.open_settings or claim.other_training or claim.other_images)
    ]
    assert reserved == []


def test_the_studies_put_at_least_35_claims_to_the_test(real):
    assert len(real) >= 35


def test_every_claim_says_where_it_is_found(real):
    places = {(study.name, claim.source.split(" ")[0]) for study, claim in real}
    assert places <= {(study.name, source) for study, _ in real for source in study.sources}
    numbered = re.compile(r"\w+ \d\.\d")
    assert [claim.id for _, claim in real if not numbered.match(claim.source)] == []


def test_every_claim_is_a_sentence_or_a_question_that_was_asked(real):
    unfinished = [
        claim.id
        for _, claim in real
        if not re.fullmatch(r"[A-Z].*\S\.|Asked(, for comparison)? - .*\S\?", claim.says, re.DOTALL)
    ]
    assert unfinished == []


def test_no_claim_is_made_twice(real):
    seen: dict[tuple[Any, ...], str] = {}
    for study, claim in real:
        tested = (study.name, claim.source, claim.of, claim.kind, claim.claimed, claim.against)
        tested = (*tested, claim.judged.words, claim.part, claim.epoch)
        assert tested not in seen, f"{claim.id} is {seen[tested]}"
        seen[tested] = claim.id


def test_no_claim_compares_a_training_with_itself(real):
    circular = [
        claim.id
        for study, claim in real
        if claim.against
        and sorted(study.variant(key).trained_as for key in claim.of)
        == sorted(study.variant(key).trained_as for key in claim.against)
    ]
    assert circular == []


@pytest.mark.parametrize(
    ("model", "same"),
    [
        ({"activation_place": "after_pooling"}, True),
        ({"activation_place": "after_pooling", "activation": "tanh"}, False),
        ({"activation": "tanh"}, False),
        # Each draws what to drop from another number of values.
        ({"activation_place": "after_pooling", "dropout": {"rate": 0.2, "of": "channels"}}, False),
    ],
)
def test_the_order_of_activation_and_pooling_changes_no_function(load, model, same):
    def edit(study):
        study["exercises"]["e"]["variants"]["ordered"] = {"base": "e/other", "model": model}

    own = {"of": "e/ordered", "higher_than": "e/other"}
    assert load(own, edit=edit).claims["c"].same_function == same


def test_every_number_that_a_variant_reports_is_put_to_the_test(studies):
    untested = [
        (variant.key, metric)
        for study in studies.values()
        for exercise in study.exercises.values()
        for variant in exercise.variants.values()
        for metric, reported in variant.reported.items()
        if reported.value is not None
        and (variant.trained_as, metric, reported.text)
        not in {
            (study.variant(claim.of[0]).trained_as, claim.quantity, claim.claimed)
            for claim in study.claims.values()
        }
    ]
    assert untested == []


def test_no_claim_of_a_report_is_judged_on_other_images_than_the_report_used(real):
    # Both reports have a training and a test set only.
    doubtful = [
        claim.id
        for _, claim in real
        if claim.source[0] == "R"
        and (claim.other_training or claim.other_images or claim.part == VALIDATION_PART)
    ]
    assert doubtful == []


def test_a_variant_is_compared_with_its_base_or_what_it_states(load):
    study = load(edit=variant("other", compare_with="e/built"))
    compared = {name: v.compare_with for name, v in study.exercises["e"].variants.items()}
    assert compared == {
        **dict.fromkeys(("a", "twin", "blind", "watched", "unlike"), ""),
        "built": "e/a",
        "other": "e/built",
    }


def test_a_variant_with_a_base_can_be_compared_with_another(load):
    study = load(edit=variant("built", compare_with="e/other"))
    assert study.variant("e/built").compare_with == "e/other"


@pytest.mark.parametrize(
    ("name", "other", "said"),
    [
        ("other", "e/biult", "there is no variant e/biult; did you mean e/built?"),
        ("other", "e/other", "e/other is the same training; name another"),
        ("a", "e/twin", "e/twin is the same training; name another"),
        ("twin", "e/a", "e/a is the same training; name another"),
        ("other", "a", "'a': write exercise/variant, such as ex1_2/sgd"),
    ],
)
def test_a_comparison_needs_another_training(refusal, name, other, said):
    text = refusal(None, DIGITS, variant(name, compare_with=other))
    assert text == f"studies/x.yaml: exercises.e.variants.{name}.compare_with: {said}"


def test_a_boundary_is_drawn_of_two_variants_of_the_exercise(load):
    assert load(None, GLANDS, boundary("a", "built")).exercises["e"].boundary == ("a", "built")


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        (DIGITS, ["a", "built"], "is for segmentations only; remove it"),
        (GLANDS, ["a", "biult"], "there is no variant biult here; did you mean built?"),
        (GLANDS, ["a", "a"], "contains an entry twice; remove one"),
        (GLANDS, ["a"], "has 1 entries, at least 2 wanted"),
        (GLANDS, ["a", "built", "other"], "has 3 entries, at most 2 wanted"),
    ],
)
def test_a_boundary_that_cannot_be_drawn_is_refused(refusal, text, names, said):
    assert refusal(None, text, boundary(*names)) == f"studies/x.yaml: exercises.e.boundary: {said}"


@pytest.mark.parametrize("own", [{"fit": "fits"}, CURVE])
def test_curves_of_a_training_are_not_those_of_another_prediction(refusal, own):
    batches = {"prediction": {"batch_statistics": {"size": 8}}}

    def add(document: dict[str, Any]) -> None:
        normalised = {"model": {"name": "cnn", "batch_norm": True}}
        document["exercises"]["e"]["variants"] |= {
            "n": normalised,
            "m": {"weights_of": "e/n", **batches},
        }

    told = refusal({"of": "e/m", **own}, DIGITS, add)
    assert "e/m has no curves of its own prediction; name e/n" in told
