"""What a study says about a choice is what the trainings of the candidates gave."""

import re

import pandas as pd
import pytest
from own_studies import own_studies

from dlia.study.load import all_variants
from dlia.study.model import Variant
from dlia.study.yaml_files import ROOT

TABLES = ROOT / "docs/reference/choices"
MARGIN = 0.003  # of accuracy, as in config.yaml
CHOSEN = {
    key: variant
    for key, variant in all_variants(own_studies("mnist", "warwick", "signs", "aquarium")).items()
    if variant.candidates and (TABLES / f"{variant.exercise}.csv").is_file()
}


def test_every_table_of_a_choice_is_quoted():
    of_choices = {variant.exercise for variant in CHOSEN.values()}
    assert of_choices == {file.stem for file in TABLES.iterdir()}
    assert of_choices >= {"ex1_1", "ex1_5", "ex2_5"}


def kept(variant: Variant) -> pd.DataFrame:
    """Give the rows of a variant in the table that the study quotes."""
    table = pd.read_csv(TABLES / f"{variant.exercise}.csv", dtype={"value": str})
    assert (table["data"] == "real").all()
    return table[table["variant"] == variant.name]


@pytest.mark.parametrize("key", CHOSEN)
def test_the_reason_for_a_choice_quotes_what_every_candidate_reached(key):
    for row in kept(CHOSEN[key]).itertuples():
        quoted = rf"\b{re.escape(row.value)} (gives )?{100 * row.mean:.1f} %"
        assert re.search(quoted, CHOSEN[key].assumed[row.setting])


@pytest.mark.parametrize("key", CHOSEN)
def test_the_best_candidate_is_taken(key):
    table = kept(CHOSEN[key])
    tried = dict.fromkeys(str(c.value) for c in CHOSEN[key].candidates)  # once, not once a fold
    assert table["value"].tolist() == list(tried)
    wanted = table[table["best"]]
    if set(table["setting"]) == {"epochs"}:  # as few as are as good
        wanted = table[table["mean"] >= table["mean"].max() - MARGIN].head(1)
    assert wanted["value"].tolist() == table[table["taken"]]["value"].tolist()


def test_the_comment_on_the_sigmoid_quotes_what_its_readings_reached():
    variant = all_variants(own_studies("mnist"))["ex1_3/pool_sigmoid"]
    table = pd.read_csv(ROOT / "docs/reference/mnist/ex1_3_readings.csv", dtype={"value": str})
    rates = table[table["setting"] == "optimizer.learning_rate"].set_index("value")["mean"]
    quoted = f"{100 * rates['0.01']:.1f} % .* and 0.05 gives {100 * rates['0.05']:.1f} %"
    assert re.search(quoted, variant.comment)
    rest = table[(table["setting"] != "optimizer.learning_rate") & ~table["taken"]]
    assert (rest["mean"] >= 0.96).all()
