"""How to read the numbers: the measures and numbers of trials of this report, no others."""

from types import SimpleNamespace

import pytest
from own_studies import own_studies

from dlia.reporting.chapters import Chapter
from dlia.reporting.features import present_features
from dlia.reporting.reading import least_deviations, reading_part, unseen_failures
from dlia.reporting.rules import margins_text

MARGINS = {"accuracy": 0.003, "dice": 0.03, "ap": 0.03}
STUDIES = own_studies("mnist", "warwick", "brain", "wildlife")
FEATURES = dict.fromkeys(present_features([], False), False)


def told(
    study: str, trials: int = 3, compared: int = 0, margins: dict[str, float] = MARGINS
) -> dict[str, str]:
    row = SimpleNamespace(metric=STUDIES[study].metric, remark="", failed="", difference=0.001)
    row.low, row.high = -0.01, 0.02
    outcome = SimpleNamespace(
        study=STUDIES[study],
        variants=[SimpleNamespace(trials=("1",) * trials)],
        comparisons=[row] * compared,
        margin=margins.get(STUDIES[study].family, 0.0),
    )
    chapters = [Chapter(STUDIES[study], None, (outcome,), (), ())]
    section = reading_part(chapters, margins, {**FEATURES, STUDIES[study].task.name: True})
    [facts] = section.blocks
    return {fact.term: "".join(span.text for span in fact.text) for fact in facts.items}


@pytest.mark.parametrize(
    ("study", "measure"),
    [("mnist", "Accuracy"), ("warwick", "Dice"), ("wildlife", "Average precision")],
)
def test_the_measure_of_a_study_is_explained_and_no_other(study, measure):
    assert {"Accuracy", "Dice", "Average precision"} & set(told(study)) == {measure}


def test_of_volumes_it_is_said_which_voxels_count():
    assert "only voxels that have a true class" in told("brain")["Dice"]
    assert "voxel" not in told("warwick")["Dice"]
    assert "test volumes" in told("brain")["Results"]


def test_the_margins_are_those_of_the_studies_and_other_ones_have_their_titles():
    brain, mnist = STUDIES["brain"], STUDIES["mnist"]
    assert margins_text(MARGINS, [brain]) == "3.00 points of accuracy and 0.030 of Dice"
    both = margins_text(MARGINS, [mnist, brain])
    assert both.startswith("0.30 points of accuracy and 0.030 of Dice, in “Tissues of the brain")
    assert both.endswith("” 3.00 points of accuracy")


def test_a_metric_without_a_margin_has_no_word_on_it():
    assert "Margin" in told("mnist")
    assert "Margin" not in told("mnist", margins={})


def test_how_many_differences_are_clear_by_chance_is_computed_from_their_number():
    assert "2.0 of the 40 differences" in told("mnist", compared=40)["Chance"]


def test_with_one_trial_it_is_said_that_there_are_no_intervals():
    found = told("mnist", trials=1)
    assert "there are no intervals" in found["Trials"]
    assert not {"Intervals", "Chance"} & set(found)


def test_the_limits_of_three_trials_are_those_of_students_distribution():
    assert least_deviations(3) == pytest.approx(4.3027 / 3**0.5, abs=1e-4)
    assert unseen_failures(3) == pytest.approx(1 - 0.05 ** (1 / 3))
