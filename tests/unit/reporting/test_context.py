"""What the report is given: networks, references, claims, hyperparameters, the checklist."""

import math
from types import SimpleNamespace

import pytest

from dlia.formatting import metric_text
from dlia.reporting import exercises, findings, hyperparameters
from dlia.reporting.checklist import checklist
from dlia.reporting.hyperparameters import origin_of
from dlia.reporting.networks import networks
from dlia.reporting.pictured import best_variant
from dlia.reporting.references import once, references
from dlia.reporting.settings import compared_settings
from dlia.study.yaml_files import ROOT
from dlia.tasks.studies import load_studies

STUDIES = load_studies(["mnist", "warwick"], ROOT)


def test_equal_networks_are_shown_once():
    layer = {"name": "x", "layer": "Linear", "arguments": {}, "output": [10], "parameters": 10}
    run = {"layers": [layer], "parameters": 10, "multiply_adds": 10}
    [network] = networks([{"name": "a", "run": run}, {"name": "b", "run": run}])
    assert network["variants"] == ["a", "b"]


def test_a_source_of_two_studies_is_cited_once():
    def study(name: str, **sources: str) -> SimpleNamespace:
        data = SimpleNamespace(archive=f"{name}.zip", citation=f"The authors of {name}")
        return SimpleNamespace(name=name, sources=sources, data=data)

    items = once(references([study("one", sheet="S", R="first"), study("two", sheet="S", R="b")]))
    keys = ["R (one)", "R (two)", "one", "sheet", "two"]
    assert sorted(item["key"] for item in items) == keys
    assert len({item["label"] for item in items}) == len(items)


class TestOrigin:
    @staticmethod
    def of(key: str, path: str, *defaults: str) -> str:
        study = STUDIES["mnist" if key.startswith("ex1") else "warwick"]
        return origin_of(study, study.variant(key), path, set(defaults))

    def test_what_a_variant_states_comes_from_its_source(self):
        assert self.of("ex2_2/batch_16", "batch_size") == "stated in R2024 2.2.2"

    def test_what_a_base_states_comes_from_the_bases_source(self):
        assert self.of("ex2_3/skip", "batch_size") == "stated in R2024 2.2.2"

    def test_what_a_base_assumes_stays_assumed(self):
        assert self.of("ex2_3/skip", "optimizer.name") == "assumed"

    def test_what_a_study_states_for_all_its_variants_is_its_default(self):
        assert self.of("ex2_1/baseline_2019", "prediction.threshold") == "study default"

    def test_no_source_decides_on_what_is_recorded(self):
        assert self.of("ex2_4/plain_2", "gradient_norms") == "chosen here"

    def test_what_the_object_has_by_default_is_the_frameworks(self):
        path = "optimizer.betas"
        assert self.of("ex2_1/baseline_2024", path, path) == "framework default"

    def test_every_other_default_is_ours(self):
        assert self.of("ex2_1/baseline_2019", "select") == "dlia default"


def line(variant: str, name: str, value: str, differs: str = "no") -> dict[str, str]:
    return {
        "variant": variant,
        "kind": "setting",
        "name": name,
        "value": value,
        "asked": "",
        "meaning": "m",
        "origin": "o",
        "via": "",
        "differs": differs,
    }


def test_hyperparameters_stand_side_by_side():
    lines = [line("a", "rate", "1"), line("a", "eps", "2"), line("b", "rate", "3", "yes")]
    rate, eps = compared_settings(lines, "setting", ["a", "b"])
    assert [cell["value"] for cell in rate["cells"]] == ["1", "3"]
    assert [cell["differs"] for cell in rate["cells"]] == [False, True]
    assert [cell["value"] for cell in eps["cells"]] == ["2", "does not apply"]
    assert (rate["same"], eps["same"]) == (False, False)


def test_a_setting_that_the_build_cuts_shows_both_numbers():
    lines = [line("a", "epochs", "12") | {"asked": "40"}, line("b", "epochs", "12")]
    (row,) = compared_settings(lines, "setting", ["a", "b"])
    assert ([cell["value"] for cell in row["cells"]], row["same"]) == (["12 of 40", "12"], False)


def test_settings_of_a_block_stand_together():
    lines = [line("a", "model.x", "1"), line("a", "loss.x", "1"), line("b", "model.y", "1")]
    rows = compared_settings(lines, "setting", ["a", "b"])
    assert [row["path"] for row in rows] == ["model.x", "model.y", "loss.x"]


@pytest.mark.parametrize(
    ("says", "verdict", "shown"),
    [
        ("Asked - is it?", "reproduced (assumed settings)", "yes (assumed settings)"),
        ("Asked - is it?", "not reproduced", "no"),
        ("Asked, for comparison - is it?", "not reproduced", "no"),
        ("Asked - is it?", "undecided", "undecided"),
        ("It is.", "reproduced", "reproduced"),
    ],
)
def test_a_question_is_answered_with_yes_or_no(says, verdict, shown):
    assert findings.in_words(says, verdict) == shown


class TestClaimsOfValues:
    @pytest.fixture
    def found(self, monkeypatch):
        study = STUDIES["mnist"]
        judged = [
            {"claim": claim.id, "says": "", "verdict": "reproduced", "shown": "", "class": ""}
            for claim in study.claims.values()
        ]
        monkeypatch.setattr(findings, "claims", lambda study, file: judged)
        return findings.claims_of_values(study)

    def test_are_about_the_very_number_that_is_reported(self, found):
        study = STUDIES["mnist"]
        claim = study.claims[found["ex1_2/sgd"]["claim"]]
        assert claim.claimed == study.variant("ex1_2/sgd").reported["accuracy"].text

    def test_hold_for_a_second_name_of_the_variant(self, found):
        assert found["ex1_3/relu_pool"]["claim"] == found["ex1_2/sgd"]["claim"]


COUNTS = {"trainings": 3, "trials": [3], "hyperparameters": 9}
ABC = {"commit": "abc", "dirty": False}
CLEAN = {"commits": [ABC], "report": ABC, "memory": "9 MiB"}


class TestChecklist:
    @staticmethod
    def answers(counts=None, environment=None, kind="real"):
        study = {"data": {"archive": "A.zip", "kind": kind}, "exercises": []}
        rows = checklist(
            [study],
            {**COUNTS, **(counts or {})},
            environment or CLEAN,
        )
        return {row.question: row for row in rows}

    def test_a_single_trial_gives_no_spread(self):
        question = "Is the variation of the results given in addition to the mean?"
        assert self.answers()[question].answer == "yes"
        assert self.answers(counts={"trials": [1, 3]})[question].answer == "partly"

    def test_code_that_no_commit_tells_is_not_given(self):
        question = "Is the code of training and evaluation given?"
        unknown = CLEAN | {"commits": [{"commit": "unknown", "dirty": False}]}
        dirty = CLEAN | {"commits": [{"commit": "abc", "dirty": True}]}
        later = CLEAN | {"report": {"commit": "def", "dirty": False}}
        given = [self.answers(environment=e)[question] for e in (CLEAN, unknown, dirty, later)]
        assert [row.answer for row in given] == ["yes", "no", "partly", "partly"]
        assert all(row.volatile for row in given)

    def test_memory_that_is_not_known_is_not_given(self):
        question = "Is the cost analysed, in time and in memory?"
        unknown = CLEAN | {"memory": "not known"}
        given = [self.answers(environment=e)[question].answer for e in (CLEAN, unknown)]
        assert given == ["yes", "partly"]

    def test_drawn_images_are_no_data(self):
        assert self.answers(kind="stand-in")["Are the data available?"].answer == "no"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["0.5", "0.7"], "0.600"),
        (["0.5", "no finite prediction"], "no finite prediction"),
        (["0.5", "nan"], "not finite"),
    ],
)
def test_a_mean_over_trials_is_given_only_if_all_have_a_number(values, text):
    assert findings._mean_text("dice", values) == text


def test_a_number_that_is_not_finite_is_said_in_words():
    assert metric_text("dice", "nan") == metric_text("dice", math.inf) == "not finite"


@pytest.mark.parametrize("validation", ["nan", "no validation"])
def test_a_variant_without_a_number_on_validation_is_not_the_best(validation):
    assert best_variant({"a": validation, "b": "0.1"}) == "b"


def test_what_is_reported_of_another_measure_is_not_called_unreported():
    study = STUDIES["warwick"]
    row = {"variant": "baseline_2019", "reported": "not reported"}
    told = exercises._reported(study, study.exercises["ex2_1"], row)
    assert told == "other measure"


def test_what_a_variant_leaves_out_of_its_base_is_listed():
    variant = SimpleNamespace(key="e/b", base="e/a")
    own = {"kind": "setting", "name": "loss.smooth", "value": "1", "origin": "o", "via": ""}
    [dropped] = hyperparameters._dropped({"e/a": [own], "e/b": []}, variant)
    assert (dropped["name"], dropped["value"]) == ("loss.smooth", "does not apply")
