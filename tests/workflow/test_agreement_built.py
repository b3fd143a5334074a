"""The study lungs, made small: from its stand-in to the agreement of its variants in the report."""

import csv
from typing import Any

import pytest
from conftest import Checkout, copy_project, once
from sklearn.metrics import f1_score

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import read_predictions

pytestmark = pytest.mark.slow


def small(study: dict[str, Any]) -> None:
    study["data"]["standin"] |= {"train": 24, "test": 6, "size": 32, "max_epochs": 3}
    study["data"]["validation"] = 0.2
    study["defaults"] |= {"trials": 2}
    study["defaults"]["model"] |= {"channels": [4, 8]}
    study["defaults"]["optimizer"]["learning_rate"] = 0.02
    variants = study["exercises"]["lungs2_1"]["variants"]
    for name in ("elu", "bce_dice"):
        del variants[name]
    for variant in variants.values():
        variant.get("assumed", {}).pop("model.channels", None)
    claims = study["claims"].items()
    study["claims"] = {name: claim for name, claim in claims if "elu" not in str(claim)}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    def make(folder):
        checkout = copy_project(folder)
        checkout.edit_yaml("studies/lungs.yaml", small)
        words = ["studies=[lungs]", "standins=true", "trials=2"]
        result = checkout.snakemake("--cores", "2", "--config", *words)
        assert result.returncode == 0, result.stdout + result.stderr

    return Checkout(once(tmp_path_factory, "lungs", make))


def rows(built: Checkout, name: str) -> list[dict[str, str]]:
    with (built.path / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_all_pairs_of_networks_are_compared(built):
    found = [{row["variant"], row["other"]} for row in rows(built, "lungs2_1/agreement.csv")]
    # Two trials of each of three variants.
    assert [found.count({name}) for name in ("bilinear", "nearest", "transposed")] == [1, 1, 1]
    assert found.count({"bilinear", "nearest"}) == 4
    assert found.count({"bilinear", "transposed"}) == found.count({"nearest", "transposed"}) == 4
    assert len(found) == 15


def test_a_claim_on_agreement_has_the_value_of_each_trial(built):
    (claim,) = [r for r in rows(built, "claims.csv") if r["claim"] == "nearest_masks_alike"]
    assert len(claim["found"].split(" / ")) == 2
    assert claim["verdict"] == "not tested (stand-in)"


def test_the_report_shows_the_masks_and_their_agreement(built):
    page = (built.path / "results" / "reports" / "lungs.html").read_text(encoding="utf-8")
    for figure in ("masks", "agreement"):
        assert f"lungs2_1-{figure}-figure" in page


def test_the_dice_of_every_image_is_the_f1_of_its_pixels(built):
    folder = built.path / "results"
    data = folder / "data" / "lungs"
    arrays = Arrays.open(data / "images.npy", data / "masks.npy", data / "split.csv")
    truth = arrays.targets_at(arrays.rows("test"))
    predictions = read_predictions(folder / "lungs2_1" / "nearest" / "predictions.safetensors")
    table = [row for row in rows(built, "lungs2_1/dice.csv") if row["variant"] == "nearest"]
    assert len(table) == 2 * len(truth)
    for row in table:
        image = predictions.ids.index(row["image"])
        mask = predictions.classes(int(row["trial"]))[image]
        expected = f1_score(truth[image].ravel(), mask.ravel())
        assert float(row["dice"]) == pytest.approx(expected, abs=1e-6)
