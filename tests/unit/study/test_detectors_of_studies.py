"""Studies of detectors: their settings, their weights, and the network of their stand-in."""

import copy

import pytest
import yaml
from own_studies import own_studies

from dlia.errors import UserError
from dlia.study.load import all_variants
from dlia.study.shorten import OTHER_NETWORK, Limits, shortened
from dlia.study.yaml_files import ROOT
from dlia.tasks.studies import load_studies

STUDIES = own_studies("aquarium", "wildlife")
ON_STANDIN = shortened(STUDIES["wildlife"], Limits(standin_model=True))


def test_every_value_that_the_report_prints_is_claimed():
    claims = STUDIES["wildlife"].claims.values()
    printed = [claim.claimed for claim in claims if claim.kind == "value"]
    assert len(printed) == 17  # two for each of eight classes, and the IoU
    assert printed.count("1.0") == 4
    of_report = [claim for claim in claims if claim.source.startswith("RCSE")]
    assert sum(claim.kind == "higher_than" for claim in of_report) == 8


def test_what_the_report_says_of_its_photographs_is_claimed():
    claims = STUDIES["wildlife"].claims
    assert [claims[name].quantity for name in ("uneven", "not_linear")] == [
        "smallest_share",
        "linear_accuracy",
    ]


def test_a_linear_classifier_needs_a_map_of_what_the_network_sees(tmp_path):
    document = yaml.safe_load((ROOT / "studies/wildlife.yaml").read_text(encoding="utf-8"))
    document["exercises"]["wildlife3_1"]["network"] = "wildlife3_3/fine_tuned"
    path = tmp_path / "studies/wildlife.yaml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(UserError, match=r"claims\.not_linear\.quantity: needs an exercise with"):
        load_studies(["wildlife"], tmp_path)


def test_a_standin_gives_all_variants_its_network_and_says_so():
    variant = ON_STANDIN.variant("wildlife3_3/fine_tuned")
    assert variant.settings.model.name == "retinanet_lite0"
    assert variant.settings.model.weights.outputs == 6
    assert str(variant.origins["model.name"]) == OTHER_NETWORK
    assert variant.settings.optimizer.name == "sgd"
    assert OTHER_NETWORK in variant.otherwise


def test_what_is_trained_on_sequences_on_both_sides_is_the_one_that_shows_it():
    variants = all_variants({"wildlife": STUDIES["wildlife"]})
    assert [key for key, v in variants.items() if v.settings.split] == ["wildlife3_6/random_split"]
    other = variants["wildlife3_6/grouped_split"].settings
    random = variants["wildlife3_6/random_split"].settings
    assert random.model_copy(update={"split": None}) == other


def test_the_network_of_a_standin_keeps_the_output_for_other_classes():
    assert ON_STANDIN.variant("wildlife3_2/before").settings.model.other_output
    assert not ON_STANDIN.variant("wildlife3_3/fine_tuned").settings.model.other_output


def test_a_variant_with_random_weights_keeps_them():
    assert STUDIES["aquarium"].variant("aquarium1_2/random_weights").settings.model.weights is None


FAULTS = {
    "a loss of classes": ({"loss": {"name": "cross_entropy"}}, "loss.name"),
    "a network of another task": ({"model": {"name": "mlp"}}, "model.name"),
    "a rotation": ({"augmentation": {"rotation": 5}}, "augmentation.rotation"),
    "an elastic change": ({"augmentation": {"elastic": {"displacement": 2}}}, "augmentation"),
    "a reflected border": (
        {"augmentation": {"border": "reflection"}},
        r"augmentation\.border: .*no box",
    ),
    "flips of some classes": (
        {"augmentation": {"flip_classes": [1]}},
        r"augmentation\.flip_classes: is for images that have one class",
    ),
    "a crop": ({"input": {"crop": [64, 64]}}, r"input\.crop: .*boxes"),
    "norms of frozen stages": ({"gradient_norms": True}, "gradient_norms: .*frozen"),
    "a schedule without steps": (
        {"epochs": 0, "model": {"weights": {"head": [1, -1, -1, -1, -1, -1, -1]}}},
        r"schedule\.name: .*epochs: 0",
    ),
    "a division at random without groups": ({"split": "random"}, r"split: .*states a group"),
    "several views": ({"prediction": {"views": "flips"}}, "prediction.views"),
    "copies": ({"add_copies": ["half_turn"]}, "add_copies"),
    "no epoch without a head": ({"epochs": 0}, "epochs"),
    "a head for fewer classes": (
        {"model": {"weights": {"head": [1]}}},
        "has 1 entries for 7 classes",
    ),
    "a head with more outputs": (
        {"model": {"weights": {"head": [99, -1, -1, -1, -1, -1, -1]}}},
        "there is no output 99",
    ),
    "another output that is trained": ({"model": {"other_output": True}}, "model.other_output"),
}


@pytest.mark.parametrize(("changes", "said"), FAULTS.values(), ids=FAULTS)
def test_settings_that_a_detector_cannot_have_are_refused(tmp_path, changes, said):
    document = yaml.safe_load((ROOT / "studies/aquarium.yaml").read_text(encoding="utf-8"))
    variant = document["exercises"]["aquarium1_2"]["variants"]["pretrained"]
    variant |= copy.deepcopy(changes)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/aquarium.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(UserError, match=said):
        load_studies(["aquarium"], tmp_path)


def test_features_need_pretrained_weights(tmp_path):
    document = yaml.safe_load((ROOT / "studies/aquarium.yaml").read_text(encoding="utf-8"))
    document["exercises"]["aquarium1_1"]["network"] = "aquarium1_2/random_weights"
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/aquarium.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(UserError, match=r"aquarium1_1\.network: .* pre-trained weights"):
        load_studies(["aquarium"], tmp_path)


def test_labels_of_test_images_are_not_for_detections(tmp_path):
    document = yaml.safe_load((ROOT / "studies/aquarium.yaml").read_text(encoding="utf-8"))
    document["exercises"]["aquarium1_2"]["shows"] = ["test_labels"]
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/aquarium.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(UserError, match=r"aquarium1_2\.shows: test_labels needs one class"):
        load_studies(["aquarium"], tmp_path)
