"""What the report is given: networks, references, claims, hyperparameters, the checklist."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from own_studies import own_studies

from dlia.formatting import metric_text
from dlia.reporting import (
    again,
    checklist,
    data_sets,
    document,
    exercise_figures,
    exercises,
    hyperparameters,
    measures,
    results,
)
from dlia.reporting.abstract import abstract, conclusion, open_settings
from dlia.reporting.blocks import Figure, Panels, Paragraph, Span, Table, text
from dlia.reporting.chapters import Chapter, in_short, trainings
from dlia.reporting.data_sets import parts_text
from dlia.reporting.exercise_figures import other_bases
from dlia.reporting.hyperparameters import origin_of
from dlia.reporting.judged_claims import JudgedClaim
from dlia.reporting.mentions import mention
from dlia.reporting.networks import Numbers, layers_part, usual_arguments
from dlia.reporting.pictured import best_variant
from dlia.reporting.references import once, references
from dlia.reporting.settings import (
    compared,
    differences_from_base,
    meanings,
    stated_differences,
    tables_of_exercise,
)
from dlia.reporting.subject import subject
from dlia.reporting.trained import trained_table
from dlia.reporting.undecided import undecided_text
from dlia.verdicts.rules import AGAINST, AGREE, DISAGREE, TOWARDS, UNLIKE

STUDIES = own_studies("mnist", "warwick")
ASSUMED = {"ex1_2/a": ["loss.name", "epochs"], "ex1_2/b": ["loss.name", "loss.weight", "epochs"]}


def test_equal_networks_are_shown_once():
    layer = {"name": "x", "layer": "Linear", "arguments": {}, "output": [10], "parameters": 10}
    run = {"layers": [layer], "parameters": 10, "multiply_adds": 10}
    numbers = Numbers()
    first, again = (
        layers_part(id_, dict.fromkeys(names, run), numbers, dict.fromkeys(names, "patch")).blocks
        for id_, names in (("ex1", "ab"), ("ex2", "c"))
    )
    assert [type(block) for block in (*first, *again)] == [Table, Paragraph]
    assert "".join(part.text for part in first[0].caption).startswith("Network of a, b:")
    assert "(MACs) for one patch." in "".join(part.text for part in first[0].caption)
    assert [part.target for part in again[0].text if part.target] == [first[0].anchor]


def test_arguments_that_most_layers_of_a_kind_have_stand_once():
    def layer(kind: str, **arguments: str) -> dict:
        own = {n: {"value": v, "default": n == "bias"} for n, v in arguments.items()}
        return {"layer": kind, "arguments": own}

    convolutions = [layer("Conv2d", bias="true", size=size) for size in ("3", "3", "1")]
    found = usual_arguments([*convolutions, layer("Linear", bias="true", size="9")])
    names = {kind: [name for name, *_ in own] for kind, own in found.items()}
    assert names == {"Conv2d": ["bias", "size"], "Linear": ["bias"]}


def test_a_source_of_two_studies_is_cited_once():
    def study(name: str, **sources: str) -> SimpleNamespace:
        data = SimpleNamespace(archive=f"{name}.zip", citation=f"The authors of {name}")
        return SimpleNamespace(name=name, sources=sources, data=data)

    own = references([study("one", sheet="S", R="first"), study("two", sheet="S", R="b")])
    items = once(own, {"dice"})
    keys = ["R (one)", "R (two)", "one", "sheet", "two"]
    assert sorted(item.key for item in items if item.study) == keys
    assert len({item.label for item in items}) == len(items)


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
        "exercise": "e",
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


def values(lines: list[dict[str, str]]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    found = compared(lines, ["e/a", "e/b"])
    return {s.name: [(value, keys) for value, _, keys in s.values] for s in found}


def test_variants_with_the_same_value_stand_together():
    lines = [line("a", "rate", "1"), line("a", "eps", "2"), line("b", "rate", "1")]
    assert values(lines) == {
        "rate": [("1", ("e/a", "e/b"))],
        "eps": [("2", ("e/a",)), ("does not apply", ("e/b",))],
    }


def test_a_setting_that_the_build_cuts_shows_both_numbers():
    lines = [line("a", "epochs", "12") | {"asked": "40"}, line("b", "epochs", "12")]
    assert values(lines) == {"epochs": [("12 of 40", ("e/a",)), ("12", ("e/b",))]}


def test_settings_of_a_block_stand_together():
    lines = [line("a", "model.x", "1"), line("a", "loss.x", "1"), line("b", "model.y", "1")]
    assert list(values(lines)) == ["model.x", "model.y", "loss.x"]


def cells(settings: list[dict[str, str]], shared: set[str]) -> list[list[list[str]]]:
    tables = tables_of_exercise("e", compared(settings, ["e/a", "e/b"]), shared)
    return [[[c.words for c in r.cells] for r in t.rows if r.kind == "plain"] for t in tables]


def test_what_a_whole_study_shares_is_not_in_the_tables_of_exercises():
    lines = [line(v, name, "1") for v in "ab" for name in ("rate", "fit")]
    assert cells(lines, {"fit"}) == [[["o", "rate 1"]]]


def test_what_differs_has_a_row_for_each_value_and_all_else_one_for_each_origin():
    lines = [line(v, name, "1") for v in "ab" for name in ("eps", "fit", "rate")]
    lines[-1]["value"] = "2"
    lines[0]["origin"] = "assumed"
    assert cells(lines, set()) == [
        [["rate", "1", "a", "o"], ["rate", "2", "b", "o"]],
        [["assumed: a; o: b", "eps 1"], ["o", "fit 1"]],
    ]


def test_a_variant_is_told_by_what_differs_from_its_base():
    lines = [line("a", "rate", "1"), line("b", "rate", "2", "yes"), line("b", "eps", "1")]
    assert differences_from_base(lines, "e/b") == [("rate", "2")]


def test_names_that_mean_the_same_stand_together_and_all_meanings_of_a_name_beside_it():
    lines = [
        line("a", "lr", "1") | {"meaning": "Of SGD."},
        line("a", "momentum", "1") | {"meaning": "Of SGD."},
        line("b", "lr", "1") | {"meaning": "Of Adam."},
        line("b", "nesterov", "1") | {"meaning": "Of SGD."},
    ]
    rows = [[c.words for c in row.cells] for row in meanings(lines).rows if row.kind == "plain"]
    assert rows == [["lr", "Of SGD. Or: Of Adam."], ["momentum, nesterov", "Of SGD."]]


def claim(name: str = "c", says: str = "", verdict: str = "reproduced") -> JudgedClaim:
    return JudgedClaim("mnist", name, "R 1", says, ("e/a",), (), "q", "1", verdict, "Why.")


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("Dice: 0.5, 0.1 below 0.6: within 0.3 to 0.7; not reported: loss.", "within 0.3 to 0.7"),
        ("Not trained.", ""),
    ],
)
def test_a_verdict_is_shown_with_what_the_numbers_alone_say(reason, why):
    assert replace(claim(), reason=reason).why == why


class TestClaimsOfValues:
    @pytest.fixture
    def found(self):
        return STUDIES["mnist"].claims_of_values()

    def test_are_about_the_very_number_that_is_reported(self, found):
        study = STUDIES["mnist"]
        own = study.claims[found["ex1_2/sgd"]]
        assert own.claimed == study.variant("ex1_2/sgd").reported["accuracy"].text

    def test_hold_for_a_second_name_of_the_variant(self, found):
        assert found["ex1_3/relu_pool"] == found["ex1_2/sgd"]


def record(commit: str = "abc", dirty: bool = False, memory: int = 9) -> dict:
    return {"git": {"commit": commit, "dirty": dirty}, "peak_memory_mib": memory}


def test_where_several_commits_trained_the_report_says_which_trained_which():
    edited = {"git": {"commit": "abc", "dirty": True, "difference": "5e"}}
    [made] = again.commits_table(
        {"e/a": record("def"), "e/b": record("abc"), "e/c": edited, "e/d": record("def")}
    )
    rows = [["".join(span.text for span in cell.text) for cell in row.cells] for row in made.rows]
    assert rows == [
        ["commit abc", "e/b"],
        [
            "commit abc, with uncommitted changes (difference 5e in results/uncommitted.diff)",
            "e/c",
        ],
        ["commit def", "e/a, e/d"],
    ]
    assert again.commits_table({"e/a": record(), "e/b": record()}) == again.commits_table({}) == []


def outcome_of(trains: dict[str, bool], trials: int) -> SimpleNamespace:
    """Give an outcome of variants, by whose name stands whether they are trained themselves."""
    results = [SimpleNamespace(name=name, trials=("1",) * trials) for name in trains]
    variants = {name: SimpleNamespace(trains=trained) for name, trained in trains.items()}
    return SimpleNamespace(variants=results, exercise=SimpleNamespace(variants=variants))


def test_only_variants_that_are_trained_themselves_count_as_trainings():
    chapter = SimpleNamespace(outcomes=[outcome_of({"a": True, "b": False, "c": True}, trials=3)])
    assert trainings([chapter]) == 6


@pytest.mark.parametrize(
    ("reads", "told"),
    [(True, "in 0 trials (none each), besides those of "), (False, "in 0 trials (none each). ")],
)
def test_the_abstract_counts_readings_besides_the_trainings_if_any_are_trained(reads, told):
    data = SimpleNamespace(archive="A.zip", kind="real")
    *_, said = abstract([Chapter(STUDIES["mnist"], data, (), (), ())], reads, ASSUMED)
    assert told in "".join(span.text for span in said.text)


def reporting_outcome(*rows: tuple[str, float, float, JudgedClaim]) -> SimpleNamespace:
    """Give the outcome of an exercise from name, reported and rebuilt value, and claim."""
    results = [
        SimpleNamespace(
            name=name,
            reported=str(said),
            reported_value=said,
            value=mean,
            claim=judged,
            is_variant=True,
            same_as="",
            trials=("0.1", "0.2"),
            of_good="",
        )
        for name, said, mean, judged in rows
    ]
    variants = {row.name: SimpleNamespace(trains=True) for row in results}
    exercise = SimpleNamespace(id="ex1_2", variants=variants)
    return SimpleNamespace(
        variants=results,
        compared=results,
        exercise=exercise,
        span=lambda row: Span(str(row.value)),
        metric="Dice",
        validation={},
    )


def abstract_of(*outcomes: SimpleNamespace, claims: tuple[JudgedClaim, ...] = ()) -> str:
    data = SimpleNamespace(archive="A.zip", kind="real")
    own = [row.claim for outcome in outcomes for row in outcome.variants]
    chapter = Chapter(STUDIES["mnist"], data, outcomes, (*own, *claims), ())
    said = abstract([chapter], reads=False, assumed=ASSUMED)
    return " ".join("".join(span.text for span in part.text) for part in said)


def outside(name: str) -> JudgedClaim:
    return replace(claim(name, verdict="undecided"), reason="Dice: outside 0.3 to 0.7, where.")


def test_the_abstract_names_reported_values_out_of_reach_the_farthest_first():
    rows = (("a", 0.8, 0.7, outside("a")), ("b", 0.8, 0.5, outside("b")))
    inside = ("c", 0.8, 0.2, claim("c", verdict="undecided"))
    told = abstract_of(reporting_outcome(*rows, inside))
    first, second = told.index("ex1_2/b (0.8 reported"), told.index("ex1_2/a (0.8 reported")
    assert "Of 3 reported values, 2 lie outside" in told[:first]
    assert first < second


def test_the_abstract_says_that_no_reported_value_is_out_of_reach():
    inside = ("c", 0.8, 0.2, claim("c", verdict="undecided"))
    assert "No reported value lies outside" in abstract_of(reporting_outcome(inside))


@pytest.mark.parametrize(
    ("trials", "verdict"),
    [(("0.2",), "undecided (too few trials)"), (("0.1", "0.2"), "not tested (shortened)")],
)
def test_a_build_without_a_range_says_nothing_about_one(trials, verdict):
    outcome = reporting_outcome(("c", 0.8, 0.2, claim(verdict=verdict)))
    outcome.variants[0].trials = trials
    assert "range" not in abstract_of(outcome, claims=(claim("d"),))


def test_a_reported_value_out_of_reach_leads_to_its_claim():
    outcome = reporting_outcome(("a", 0.8, 0.7, outside("a")))
    chapter = Chapter(STUDIES["mnist"], None, (outcome,), (outside("a"),), ())
    spans = conclusion([chapter])[-1]
    assert [span.target for span in spans if span.text == "0.8"] == ["claim-mnist-a"]


def test_the_conclusion_says_that_open_settings_keep_claims_from_being_refuted():
    silent = claim("a", verdict="undecided (settings not reported)")
    told = concluded(silent, claim("b", verdict="undecided"), claim("c"))
    assert told.endswith("the two counts can therefore not be compared.")
    assert "compared" not in concluded(claim("b", verdict="undecided"), claim("c"))
    unlike = claim("a", verdict="undecided (settings not reported, other images)")
    assert "compared" not in concluded(unlike, claim("c"))


def test_the_conclusion_says_which_way_the_numbers_point_and_why_they_refute_nothing():
    few = claim("a", verdict="undecided (too few trials, other images)")
    few = replace(few, reason=f"Dice: 0.9, 0.1 above 0.8; only 1 trial; {UNLIKE}: x.")
    ways = [DISAGREE, DISAGREE, TOWARDS, AGAINST, AGREE]
    told = concluded(*(replace(few, name=str(n), direction=way) for n, way in enumerate(ways)))
    assert told == (
        "All 5 claims are undecided. Of the 5 undecided claims, the numbers contradict 2, agree "
        "with 1 (as those without learning do) and leave 2 open (the mean speaks for 1 and against "
        "1). One trial can confirm a value within the margin; beyond it, the numbers contradict "
        "it, which is too little to refute it. With other "
        "images than the source's, nothing that depends on them can be refuted, whatever the "
        "number of trials."
    )
    two = replace(few, reason="Dice: 0.9, 0.1 above 0.8; only 2 trials.")
    assert "Fewer than 3 trials can confirm" in concluded(few, two)
    assert "other images" not in concluded(two)


def test_the_abstract_says_what_the_assumed_settings_belong_to():
    assert (
        "The sources leave 2 to 3 settings of each network that they report open, for which values "
        "are assumed (3 in all: 2 of the loss and 1 of the number of epochs)."
    ) in abstract_of()


def test_only_settings_of_networks_that_a_source_reports_count_as_left_open():
    study = STUDIES["mnist"]
    chapter = Chapter(study, None, (), (), ())
    keys = [("ex1_2", "sgd"), ("ex1_2", "sgd"), ("none", "of_a_source")]
    lines = [
        {"exercise": of, "variant": name, "name": f"s{n}"} for n, (of, name) in enumerate(keys)
    ]
    found = open_settings([chapter], lines)
    assert found["ex1_2/sgd"] == ["s0", "s1"]
    assert {key for key, paths in found.items() if paths} == {"ex1_2/sgd"}
    assert set(found) == {v.key for v in chapter.variants if v.trains and v.source}


def test_the_variant_that_validation_chooses_is_told_with_both_values_and_of_how_many():
    outcome = reporting_outcome(("sgd", 0.98, 0.987, claim("a")))
    outcome.exercise.id = "ex1_4"
    outcome.validation = {"ex1_4/sgd": "0.991", "ex1_4/adam_sheet": "0.9"}
    assert (
        "Chosen on the validation part: ex1_4/sgd of 2 variants with such a part (validation "
        "99.10 %, test 0.987)."
    ) in abstract_of(outcome)


def test_a_report_begins_with_its_sources_and_says_which_ask_questions():
    said = "".join(
        span.text
        for part in subject([Chapter(STUDIES["mnist"], None, (), (), ())])
        for span in part
    )
    assert said.startswith("This report repeats the experiments of R2024 (Report on Assignment 3")
    assert "and R2019 (Report on homework 2" in said
    assert ", and answers the questions and demands of “J. Lindblad: " in said


def concluded(*claims: JudgedClaim, rows: tuple = ()) -> str:
    """Give the conclusion."""
    outcome = reporting_outcome(*rows)
    known = [row.claim for row in outcome.variants]
    data = SimpleNamespace(archive="A.zip", kind="real")
    chapter = Chapter(STUDIES["mnist"], data, (outcome,), (*known, *claims), ())
    return " ".join("".join(span.text for span in said) for said in conclusion([chapter]))


def test_the_conclusion_leads_with_reported_values_and_counts_the_other_claims():
    rows = (("a", 0.8, 0.8, claim("a")), ("b", 0.8, 0.9, claim("b", verdict="not reproduced")))
    others = [claim("c", verdict="reproduced (assumed settings)"), claim("d", verdict="undecided")]
    assert concluded(*others, claim("q", "Asked - is it?"), rows=rows).startswith(
        "Of 2 reported accuracy values of Hand-written digits (MNIST), 1 is reproduced and 1 is "
        "not reproduced; the one that is not reproduced is higher here, by 10.00 points. Of 2 "
        "other claims, 1 is reproduced and 1 is undecided. "
    )


def test_the_conclusion_tells_claims_that_hold_with_other_settings_from_open_ones():
    assert concluded(claim("a"), claim("b", verdict="compatible (2 of 7 readings: x)")) == (
        "Of 2 claims, 1 is reproduced and 1 is compatible."
    )


def test_the_conclusion_of_stand_ins_is_that_nothing_was_tested():
    assert concluded(claim("a", verdict="not tested (stand-in)")) == (
        "This build tests none of the 1 claims."
    )


def test_the_abstract_says_which_reproduced_claims_are_counts_or_depend_on_assumptions():
    own = [claim("cnn_parameters"), claim("x", verdict="reproduced (assumed settings)")]
    own.append(claim("connected_parameters", verdict="reproduced (assumed settings)"))
    own += [claim("y", verdict="undecided (settings not reported)"), claim("z", "Asked - is it?")]
    told = abstract_of(claims=tuple(own))
    assert ("1 needs a trained network (on assumed settings) and 2 need none") in told


def test_the_abstract_says_which_reproduced_claims_rest_on_failed_trials():
    words = ["(1 of 6 trials failed)", "(assumed settings, 2 of 3 trials failed)"]
    own = [claim(f"c{n}", verdict=f"reproduced {word}") for n, word in enumerate(words)]
    told = abstract_of(claims=tuple(own))
    assert "2 need a trained network (1 of them on assumed settings and 2 on failed" in told


def test_undecided_claims_are_counted_by_what_leaves_them_open():
    names = ["cnn_98_78", "cnn_above_98", "adam_not_better", "tanh_best_1"]
    own = [claim(name, verdict="undecided") for name in names]
    silent = claim("x", verdict="undecided (settings not reported)")
    own += [replace(silent, direction=DISAGREE), claim("y")]
    own.append(claim("asked", "Asked - is it?", "undecided"))
    chapter = Chapter(STUDIES["mnist"], None, (), tuple(own), ())
    assert "".join(span.text for span in undecided_text([chapter])) == (
        " Of the 5 undecided claims, the numbers contradict 1 and leave 4 open. What is "
        "contradicted is not called not reproduced because of settings that the source leaves "
        "open (1), to name the first reservation of each. Of what they leave open, 2 compare "
        "results whose difference is not clear, 1 names a bound that the results are not clearly "
        "beyond and 1 gives a value that the trials neither meet nor rule out."
    )
    assert undecided_text([Chapter(STUDIES["mnist"], None, (), (claim(),), ())]) == ()


@pytest.mark.parametrize("word", ["also without learning", "also without learning, other images"])
def test_what_needs_no_learning_leaves_a_claim_open_and_is_said(word):
    own = (replace(claim("cnn_above_98", verdict=f"undecided ({word})"), direction=AGREE),)
    told = undecided_text([Chapter(STUDIES["mnist"], None, (), own, ())])
    assert "".join(span.text for span in told) == (
        " The numbers agree with the undecided claim (as those without learning do)."
    )


def judged_cells(same_as: str) -> list[str]:
    row = SimpleNamespace(
        claim=claim(),
        value=0.66,
        reported_value=0.75,
        same_as=same_as,
        of_good="",
        trials=("1",) * 3,
    )
    return [cell.words for cell in document._judged("dice", row)]


def test_a_difference_is_the_rebuilt_value_minus_the_reported_one():
    assert judged_cells(same_as="") == ["-0.090", "reproduced"]


@pytest.mark.parametrize(
    ("part", "told"), [("test", "no reported test result"), ("validation", "no reported result")]
)
def test_a_variant_without_a_reported_value_has_no_verdict(part, told):
    row = SimpleNamespace(
        claim=None, value=0.66, reported_value=float("nan"), of_good="", part=part
    )
    assert [cell.words for cell in document._judged("dice", row)][1] == told


@pytest.mark.parametrize("of_last", ["in the last 5 epochs 0.519 to 0.546", ""])
def test_below_the_verdict_on_a_single_trial_stands_what_it_was_in_the_last_epochs(of_last):
    row = SimpleNamespace(
        claim=claim(),
        value=0.519,
        reported_value=0.55,
        same_as="",
        of_good="",
        trials=("0.519",),
        of_last=of_last,
    )
    [_, verdict] = document._judged("dice", row)
    # An empty line is none: without a reason there is no note.
    assert "".join(part.text for part in verdict.note) == of_last
    assert bool(verdict.note) == bool(of_last)


def test_the_verdict_on_a_training_stands_once_and_its_second_name_leads_there():
    assert judged_cells(same_as="ex1_2/sgd") == ["-0.090", "as ex1_2/sgd"]


def test_variants_that_are_trained_alike_share_a_row_of_sizes():
    known = STUDIES["mnist"].exercises["ex1_3"]
    names = ["pool_relu_2019", "tanh_pool", "sigmoid_high_lr"]
    exercise = SimpleNamespace(id="ex1_3", variants={n: known.variants[n] for n in names})
    records = {name: {"parameters": 21578, "data": {"training_images": 60000}} for name in names}
    rows = trained_table(
        SimpleNamespace(study=STUDIES["mnist"], exercise=exercise, records=records), {}
    ).rows
    assert [[cell.words for cell in row.cells] for row in rows] == [
        line.split("|")
        for line in (
            "pool_relu_2019, tanh_pool|cnn|21,578|sgd|0.25|100|4|60,000|as ex1_2/sgd_2019",
            "sigmoid_high_lr|cnn|21,578|sgd|0.5|128|40|60,000|as ex1_3/pool_sigmoid",
        )
    ]


def test_all_settings_in_which_a_variant_differs_from_its_base_are_named():
    known = STUDIES["mnist"].exercises["ex1_5"].variants
    names = ["low_lr", "batch_norm", "lr_schedule"]
    exercise = SimpleNamespace(id="ex1_5", variants={n: known[n] for n in names})
    records = {name: {"parameters": 21578, "data": {"training_images": 60000}} for name in names}
    changes = {
        "low_lr": [("optimizer.learning_rate", "0.001")],
        "batch_norm": [("model.batch_norm", "true"), ("monitor", "[train]")],
    }
    rows = trained_table(
        SimpleNamespace(study=STUDIES["mnist"], exercise=exercise, records=records), changes
    ).rows
    assert [row.cells[-1].words for row in rows] == [
        "ex1_4/adam_high_lr with optimizer.learning_rate 0.001",
        "ex1_5/low_lr with batch_norm true",
        "as ex1_5/batch_norm",
    ]


def test_defaults_that_another_optimizer_brings_along_are_no_differences_of_their_own():
    line = {"exercise": "e", "variant": "v", "kind": "setting", "differs": "yes", "asked": ""}
    found = [
        ("optimizer.name", "adam", "chosen here"),
        ("optimizer.eps", "1.0e-8", "framework default"),
        ("optimizer.betas", "[0.999, 0.999]", "assumed"),
        ("gradients", "by_hand", "dlia default"),
    ]
    lines = [{**line, "name": name, "value": v, "origin": origin} for name, v, origin in found]
    assert [name for name, _ in stated_differences(lines, "e/v")] == [
        "optimizer.name",
        "optimizer.betas",
        "gradients",
    ]


def shown_trial_text(trials: list[str], shown: int | None) -> str:
    row = SimpleNamespace(name="skip", trials=tuple(trials), mean="0.794")
    outcome = SimpleNamespace(
        variants=[row],
        exercise=STUDIES["warwick"].exercises["ex2_3"],
        shown={} if shown is None else {"skip": shown},
        table=pd.DataFrame({"variant": "skip", "trial": range(len(trials))}),
        metric="Dice",
        study=STUDIES["warwick"],
    )
    return exercise_figures._trial_shown(outcome, "skip")


def test_the_caption_of_a_figure_of_one_trial_gives_its_result_and_the_mean_of_all():
    assert shown_trial_text(["0.780", "0.790", "0.810"], 2) == (
        "trial 2 of skip is shown, the best on validation (mean Dice over the test images: 0.810; "
        "mean of 3 trials: 0.794)"
    )


def test_a_single_trial_is_not_compared_with_a_mean():
    assert shown_trial_text(["0.794"], 0) == (
        "its only trial is shown (mean Dice over the test images: 0.794)"
    )


def test_the_figures_of_few_classes_stand_side_by_side():
    both = [Figure("a", "a", text("A")), Figure("b", "b", text("B"))]
    assert exercise_figures._side_by_side(STUDIES["mnist"], both) == [Panels(tuple(both))]
    many = SimpleNamespace(data=SimpleNamespace(classes=range(43)), task=STUDIES["mnist"].task)
    assert exercise_figures._side_by_side(many, both) == both
    assert exercise_figures._side_by_side(STUDIES["mnist"], both[:1]) == both[:1]


def test_the_highest_reported_value_of_an_exercise_is_pictured():
    values = {"a": 0.8, "b": math.nan, "c": 0.88}
    rows = [SimpleNamespace(name=name, reported_value=value) for name, value in values.items()]
    assert exercise_figures._highest_reported(SimpleNamespace(variants=rows)) == "c"
    assert exercise_figures._highest_reported(SimpleNamespace(variants=rows[1:2])) == ""


def test_the_word_for_the_fit_leads_to_the_reasons():
    fits = ({"variant": "a", "word": "fits"}, {"variant": "b", "word": "overfits"})
    outcome = SimpleNamespace(exercise=SimpleNamespace(id="ex1_3"), fits=fits)
    assert exercises._fit(outcome, "b") == Span("overfits", target="ex1_3--fit")


def test_the_first_exercise_of_a_segmentation_shows_a_network_that_learnt():
    words = {"a": "collapsed", "b": "overfits", "c": "fits"}
    fits = [{"variant": name, "word": word} for name, word in words.items()]
    outcome = SimpleNamespace(exercise=SimpleNamespace(id="ex2_1"), fits=fits)
    known = {
        name: document._first_that_learnt(Chapter(STUDIES[name], None, (outcome,), (), ()))
        for name in ("mnist", "warwick")
    }
    assert known == {"mnist": set(), "warwick": {"ex2_1/b"}}


def test_an_exercise_says_which_settings_validation_images_chose():
    [told] = exercises._chosen(STUDIES["mnist"].exercises["ex1_1"])
    assert "".join(span.text for span in told.text) == (
        "numpy_2019: optimizer.learning_rate (from 5 values) was chosen by validation images, in "
        "other trainings than these."
    )


def test_a_value_that_was_tried_on_five_folds_counts_once():
    [told] = exercises._chosen(STUDIES["mnist"].exercises["ex1_5"])
    assert "".join(span.text for span in told.text) == (
        "ours: optimizer.learning_rate (from 2 values) was chosen by training images that were "
        "held out, a fifth at a time, in other trainings than these."
    )


def test_every_figure_of_an_exercise_is_mentioned_in_its_text():
    blocks = [
        Figure("a", "ex1_4/figures/curves", text("A")),
        Panels((Figure("b", "ex1_4/figures/confusion_sgd", text("B")),)),
    ]
    [told] = mention(blocks)
    assert "".join(span.text for span in told) == (
        "Figures show the course of the training and the confusion matrix."
    )
    assert [span.target for span in told if span.numbered] == ["a", "b"]
    assert mention([]) == []


def test_a_place_for_an_opinion_says_what_is_asked_and_how_it_is_filled():
    study = STUDIES["warwick"]
    outcome = SimpleNamespace(exercise=study.exercises["ex2_2"], study=study)
    place, *others = exercises._comments(outcome)
    said = "".join(span.text for span in place.text)
    assert place.kind == "place"
    assert said.startswith("For you to fill in. batch_norm, batch_16, step_20, flip")
    assert "for which the sheet asks: does it help on unseen images" in said
    assert "Replace this comment of the variant in studies/warwick.yaml" in said
    assert {other.kind for other in others} == {"comment"}


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        (["ok", "ok", "ok"], ""),
        (["collapsed", "collapsed", "diverged"], ""),
        (["ok", "collapsed", "diverged"], "0.700 without 1 collapsed and 1 diverged trials"),
        (["ok", "collapsed", "ok"], "0.800 without 1 collapsed trial"),
    ],
)
def test_of_failed_and_other_trials_the_mean_of_those_that_ended_well_is_given(statuses, told):
    assert results.of_good("dice", pd.Series([0.7, 0.1, 0.9]), pd.Series(statuses)) == told


@pytest.mark.parametrize(("names", "told"), [(["a", "ex1_2/sgd"], True), (["a", "b"], False)])
def test_a_base_of_another_exercise_is_explained_only_where_one_is_shown(names, told):
    exercise = SimpleNamespace(raced=lambda variant: [{"name": name} for name in names])
    study = SimpleNamespace(variant=None)
    assert other_bases(SimpleNamespace(exercise=exercise, study=study)) == told


@pytest.mark.parametrize(
    ("says", "short"),
    [
        ("It (A) is small (here, below 5 %).", "It (A) is small"),
        ("It is small.", "It is small."),
    ],
)
def test_a_claim_in_short_has_no_explanation_at_its_end(says, short):
    assert in_short(says) == short


@pytest.mark.parametrize(
    ("shared", "text"),
    [
        (True, "1,008 training images, of which 8 for validation where a variant has one, "),
        (False, "1,000 training, 8 validation "),
    ],
)
def test_images_that_some_variants_train_on_and_others_validate_with_are_counted_once(shared, text):
    images = {"train": 1000, "validation": 8, "test": 9}
    assert parts_text(images, shared) == f"{text}and 9 test images"


def test_variants_that_train_on_all_images_share_those_of_validation():
    found = [data_sets.some_train_on_validation(STUDIES[name]) for name in ("mnist", "warwick")]
    assert found == [True, True]


class TestChecklist:
    @pytest.fixture(autouse=True)
    def of_the_same_commit(self, monkeypatch):
        monkeypatch.setattr(checklist, "git_state", lambda: {"commit": "abc", "dirty": False})

    @staticmethod
    def answers(own: dict | None = None, trials: int = 3, is_real: bool = True):
        outcome = outcome_of({"a": True}, trials)
        data = SimpleNamespace(archive="A.zip", named="A.zip", is_real=is_real)
        chapter = SimpleNamespace(data=data, outcomes=[outcome], variants=[])
        rows = checklist.checklist([chapter], [own or record()], 9, 4)
        return {row.question: row for row in rows}

    def test_a_single_trial_gives_no_spread(self):
        question = "Is the variation of the results given in addition to the mean?"
        assert self.answers()[question].answer == "yes"
        assert self.answers(trials=1)[question].answer == "partly"

    def test_code_that_no_commit_tells_is_not_given(self):
        question = "Is the code of training and evaluation given?"
        own = (record(), record("unknown"), record(dirty=True), record("def"))
        given = [self.answers(one)[question] for one in own]
        assert [row.answer for row in given] == ["yes", "no", "partly", "partly"]
        assert all(row.volatile for row in given)

    def test_the_checklist_says_why_the_code_is_given_partly(self):
        told = [checklist._code([own])[1] for own in (record(dirty=True), record("def"))]
        assert told == [
            "Commits are recorded, but there were uncommitted changes.",
            "Commits are recorded, but there are several.",
        ]

    def test_memory_that_is_not_known_is_not_given(self):
        question = "Is the cost analysed, in time and in memory?"
        given = [self.answers(record(memory=m))[question].answer for m in (9, 0)]
        assert given == ["yes", "partly"]

    def test_settings_that_validation_images_chose_are_told(self):
        chapter = SimpleNamespace(
            data=SimpleNamespace(archive="A.zip", named="A.zip", is_real=True),
            outcomes=[outcome_of({"a": True}, 3)],
            variants=[STUDIES["mnist"].variant("ex1_1/numpy_2019")],
        )
        rows = checklist.checklist([chapter], [record()], 9, 4)
        [searched] = [row for row in rows if "searched" in row.question]
        assert searched.answer == "partly"
        assert "".join(span.text for span in searched.evidence).startswith(
            "Of ex1_1/numpy_2019, optimizer.learning_rate (from 5 values) was chosen by validation"
        )
        assert "No other search" in "".join(span.text for span in searched.evidence)

    def test_drawn_images_are_no_data(self):
        assert self.answers(is_real=False)["Are the data available?"].answer == "no"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["0.5", "0.7"], "0.600"),
        (["0.5", "no finite prediction"], "no finite prediction"),
        (["0.5", "nan"], "not finite"),
    ],
)
def test_a_mean_over_trials_is_given_only_if_all_have_a_number(values, text):
    assert measures.mean_text("dice", values) == text


def test_a_number_that_is_not_finite_is_said_in_words():
    assert metric_text("dice", "nan") == metric_text("dice", math.inf) == "not finite"


@pytest.mark.parametrize("validation", ["nan", "no validation"])
def test_a_variant_without_a_number_on_validation_is_not_the_best(validation):
    assert best_variant({"a": validation, "b": "0.1"}) == "b"


@pytest.mark.parametrize(("others", "said"), [((), False), (("e/c",), True)])
def test_the_best_variant_is_said_to_be_one_of_those_with_validation_images(others, said):
    study = SimpleNamespace(
        family="accuracy",
        metric="accuracy",
        task=STUDIES["mnist"].task,
        called_best={},
    )
    variants = [SimpleNamespace(key=key, trains=True) for key in ("e/a", "e/b", *others)]
    variants.append(SimpleNamespace(key="e/again", trains=False))
    outcome = SimpleNamespace(validation={"e/a": "0.1", "e/b": "0.2"})
    [(best, key)] = document._best(
        SimpleNamespace(study=study, variants=variants, outcomes=[outcome])
    )
    assert key == "e/b"
    assert ("which not all variants have" in "".join(part.text for part in best.text)) == said


def test_what_a_variant_leaves_out_of_its_base_is_listed():
    variant = SimpleNamespace(key="e/b", differs_from="e/a")
    own = {"kind": "setting", "name": "loss.smooth", "value": "1", "origin": "o", "via": ""}
    [dropped] = hyperparameters._dropped({"e/a": [own], "e/b": []}, variant)
    assert (dropped["name"], dropped["value"]) == ("loss.smooth", "does not apply")
