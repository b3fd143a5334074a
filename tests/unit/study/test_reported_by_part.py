"""Values that a source reports by part of the data, and claims of several variants."""

import pytest
import yaml

from dlia.errors import UserError
from dlia.tasks.studies import load_studies

STUDY = """
title: Digits
task: classification
sources: {R: {citation: A report, fit: train}}
data: {archive: A.zip, layout: class_folders, size: [28, 28], channels: 1, classes: [a, b],
       validation: 0.1, standin: {kind: digits, train: 100, test: 10, size: 28}}
defaults:
  model: {name: cnn, hidden: [9]}
  loss: {name: cross_entropy}
  optimizer: {name: sgd, learning_rate: 0.1}
  batch_size: 32
  epochs: 10
exercises:
  e:
    title: T
    question: Q?
    sweep: {over: model.dropout.rate, by: model.dropout.place, in_all: [none]}
    variants:
      none: {source: R, reported: {accuracy: {train: 90 %, validation: 80.5 %}}}
      conv: {model: {dropout: {rate: 0.2}}, reported: {accuracy: {validation: 70 %, test: 60 %}}}
      hidden: {model: {dropout: {rate: 0.3, place: hidden}}}
claims: {}
"""
DROPOUT = {"over": "model.dropout.rate", "by": "model.dropout.place"}
EACH = {"source": "R 1", "says": "<variant> reaches <value>.", "of": {"each": ["e/none", "e/conv"]}}


@pytest.fixture
def load(tmp_path):
    def read(claims=None, **exercise):
        document = yaml.safe_load(STUDY)
        document["claims"] = claims or {}
        document["exercises"]["e"].update(exercise)
        (tmp_path / "studies").mkdir(exist_ok=True)
        (tmp_path / "studies" / "x.yaml").write_text(yaml.safe_dump(document))
        return load_studies(["x"], tmp_path)["x"]

    return read


def refusal(load, *arguments, **exercise):
    with pytest.raises(UserError) as caught:
        load(*arguments, **exercise)
    return str(caught.value)


def test_values_are_known_by_part_and_those_of_the_test_part_as_ever(load):
    conv = load().variant("e/conv")
    assert conv.reported["accuracy"].text == "60 %"
    assert {part: of["accuracy"].value for part, of in conv.reported_on.items()} == {
        "validation": 0.7
    }
    assert conv.printed("train", "accuracy") is None


def test_the_same_claim_of_several_variants_is_one_claim_of_each(load):
    claims = load({"c": {**EACH, "part": "validation", "value": "reported"}}).claims
    assert {id_: (c.of, c.claimed, c.part) for id_, c in claims.items()} == {
        "c_e_none": (("e/none",), "80.5 %", "validation"),
        "c_e_conv": (("e/conv",), "70 %", "validation"),
    }
    assert claims["c_e_none"].says == "e/none reaches 80.5 %."


def test_a_reported_value_is_claimed_of_the_part_that_it_was_reported_of(load):
    own = {**EACH, "part": "train", "value": "reported"}
    assert "claims.c.value: e/conv has no number under reported.accuracy.train" in refusal(
        load, {"c": own}
    )


def test_a_claim_of_several_variants_names_its_faults_where_it_is_written(load):
    own = {**EACH, "of": {"each": ["e/none", "e/nnoe"]}, "above": "5 %"}
    assert "claims.c.of: there is no variant e/nnoe; did you mean e/none?" in refusal(
        load, {"c": own}
    )


def test_two_claims_of_one_name_are_refused(load):
    twin = {**EACH, "of": "e/none", "above": "5 %"}
    message = refusal(load, {"c": {**EACH, "above": "5 %"}, "c_e_none": twin})
    assert "claims.c: another claim is called c_e_none, too; rename it" in message


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ({"over": "model.dropuot.rate"}, ".over: model.dropuot.rate is no setting of none"),
        ({"over": "model.name"}, ".over: model.name is no number in none"),
        ({"over": "epochs", "by": "model.place"}, ".by: model.place is no setting of none"),
        ({**DROPOUT, "in_all": ["no"]}, ".in_all: there is no variant no here"),
        ({"over": "epochs", "in_all": ["none"]}, ".in_all: there is one line without by"),
        ({"over": "epochs"}, ": conv and hidden have the same epochs, 10, on one line; state by"),
        ({**DROPOUT, "over": "epochs", "in_all": ["hidden"]}, ": conv and hidden have the same"),
    ],
)
def test_a_sweep_that_cannot_be_drawn_is_refused(load, sweep, said):
    assert f"exercises.e.sweep{said}" in refusal(load, sweep=sweep)


def test_a_sweep_without_lines_is_drawn_if_every_variant_has_a_value_of_its_own(load):
    sweep = load(sweep={"over": "model.dropout.rate"}).exercises["e"].sweep
    assert (sweep.over, sweep.by) == ("model.dropout.rate", None)


def test_a_sweep_needs_values_that_are_reported_by_part(load):
    variants = {"none": {}, "conv": {"reported": {"accuracy": "9 %"}}}
    assert "exercises.e.sweep: needs values that a source reports by part" in refusal(
        load, variants=variants
    )


def test_reported_shares_are_checked_in_every_part(load):
    variants = {"none": {"reported": {"accuracy": {"train": "90"}}}}
    assert "reported.accuracy: '90' is more than a share can be" in refusal(load, variants=variants)
