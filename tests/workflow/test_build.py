"""The whole workflow on tiny stand-ins: what it makes, and what it makes again after an edit."""

import csv
import json
import re

import pytest
from conftest import Checkout, sampled

from dlia.commands.build_diff import files_of
from dlia.study.overlay import paths


def rows(build: Checkout, file: str) -> list[dict[str, str]]:
    with (build.path / "results" / file).open(newline="") as table:
        return list(csv.DictReader(table))


@pytest.mark.slow
def test_another_build_gives_the_same_bytes_and_verify_names_the_one_file_that_was_altered(edited):
    assert len(files_of(edited.path / "results")) > 100
    altered = edited.path / "results/ex1_2/accuracy.csv"
    altered.write_text(altered.read_text().replace("sgd,0,", "sgd,7,"))
    result = edited.run("dlia", "verify", "--", "--cores", "1", TZ="Asia/Tokyo", LC_ALL="C")
    assert result.returncode == 1
    told = result.stderr[result.stderr.index("dlia: 1 file differs") :].splitlines()
    assert told[1].startswith("  ex1_2/accuracy.csv: differs in ")
    assert len(told) == 2


def test_accuracy_has_a_row_for_every_trial(build):
    table = rows(build, "ex1_2/accuracy.csv")
    names = ("sgd", "elu_dropout", "too_fast", "explodes", "lost", "again")
    assert [(r["variant"], r["trial"]) for r in table] == [(n, t) for n in names for t in "01"]


def test_accuracy_is_what_was_counted(build):
    for row in rows(build, "ex1_2/accuracy.csv"):
        assert float(row["accuracy"]) == int(row["correct"]) / int(row["n"])
        assert row["n"] == "50"


def test_a_variant_that_is_the_same_as_another_has_its_rows_and_no_training(build):
    table = rows(build, "ex1_2/accuracy.csv")
    own = [(r["accuracy"], r["loss"]) for r in table if r["variant"] == "again"]
    assert own == [(r["accuracy"], r["loss"]) for r in table if r["variant"] == "sgd"]
    assert {r["same_as"] for r in table if r["variant"] == "again"} == {"ex1_2/sgd"}
    assert not (build.path / "results" / "ex1_2" / "again").exists()


def outcomes(build: Checkout, variant: str) -> list[tuple[str, str]]:
    table = rows(build, "ex1_2/accuracy.csv")
    return [(r["status"], r["epoch"]) for r in table if r["variant"] == variant]


def test_a_rate_of_10_is_reported_as_diverged_and_the_build_ends_well(build):
    assert {status for status, _ in outcomes(build, "too_fast")} == {"diverged"}
    assert "2 diverged" in (build.path / "results/reports/assignment.html").read_text()


@pytest.mark.parametrize("variant", ["explodes", "lost"])
def test_a_loss_that_is_not_finite_is_judged_by_the_untrained_network(build, variant):
    assert outcomes(build, variant) == [("diverged", "0")] * 2


def test_without_finite_predictions_a_trial_counts_as_chance(build):
    lost = [r for r in rows(build, "ex1_2/accuracy.csv") if r["variant"] == "lost"]
    assert all(0 <= float(r["accuracy"]) <= 0.3 for r in lost)
    assert {r["loss"] for r in lost} <= {"nan", "inf"}


def test_dice_has_a_row_for_every_trial_and_test_image(build):
    table = rows(build, "ex2_1/dice.csv")
    assert len(table) == 3 * 2 * 5
    assert all(0 <= float(row["dice"]) <= 1 for row in table)


def test_every_row_says_that_it_rests_on_a_stand_in(build):
    for file in ("ex1_2/accuracy.csv", "ex1_2/summary.csv", "ex2_1/dice.csv", "ex2_1/summary.csv"):
        assert {row["data"] for row in rows(build, file)} == {"stand-in"}


def test_the_summary_is_the_mean_over_trials(build):
    values = [
        float(r["accuracy"]) for r in rows(build, "ex1_2/accuracy.csv") if r["variant"] == "sgd"
    ]
    summary = next(r for r in rows(build, "ex1_2/summary.csv") if r["variant"] == "sgd")
    assert float(summary["mean"]) == pytest.approx(sum(values) / 2)
    assert summary["trials"] == "2"
    assert summary["reported"] == "98.78 %"


def test_the_summary_lists_all_trials(build):
    values = [r["accuracy"] for r in rows(build, "ex1_2/accuracy.csv") if r["variant"] == "sgd"]
    summary = next(r for r in rows(build, "ex1_2/summary.csv") if r["variant"] == "sgd")
    assert summary["values"].split() == values


def test_every_claim_on_a_stand_in_is_not_tested(build):
    claims = rows(build, "claims.csv") + rows(build, "claims_timing.csv")
    assert len(claims) > 15
    assert {claim["verdict"] for claim in claims} == {"not tested (stand-in)"}


def test_every_variant_has_a_fit_comment(build):
    words = {r["variant"]: r["word"] for r in rows(build, "ex1_2/fit.csv")}
    assert list(words) == ["sgd", "elu_dropout", "too_fast", "explodes", "lost", "again"]
    assert words["explodes"] == words["lost"] == words["too_fast"] == "diverged"


def test_a_variant_is_compared_with_its_base_of_another_exercise(build):
    table = rows(build, "ex2_4/comparisons.csv")
    dice = [(r["variant"], r["compared_with"]) for r in table if r["metric"] == "dice"]
    assert dice == [("plain_2", "ex2_1/baseline_2019"), ("residual_2", "ex2_4/plain_2")]


def test_two_trials_have_no_p_value(build):
    p_values = {r["p"] for r in rows(build, "ex1_2/comparisons.csv")}
    assert not any(p.replace(".", "").isdigit() for p in p_values)


def test_the_boundaries_of_two_variants_are_drawn_side_by_side(build):
    assert (build.path / "results/ex2_4/figures/boundary.svg").stat().st_size > 10_000
    assert (
        'id="ex2_4-boundary-figure"' in (build.path / "results/reports/assignment.html").read_text()
    )


@pytest.mark.parametrize(
    ("exercise", "reference"), [("ex1_2", "majority"), ("ex2_1", "all_foreground")]
)
def test_the_summary_has_a_reference_that_learns_nothing(build, exercise, reference):
    assert [
        r["variant"] for r in rows(build, f"{exercise}/summary.csv") if r["kind"] == "reference"
    ] == [reference]


@pytest.mark.parametrize(
    ("key", "held_out"), [("ex1_2/sgd", "test"), ("ex2_4/plain_2", "validation")]
)
def test_the_history_has_every_epoch_of_the_parts_that_are_monitored(build, key, held_out):
    table = rows(build, f"{key}/history.csv")
    epochs = range(int(max(table, key=lambda row: int(row["epoch"]))["epoch"]) + 1)
    seen = {(row["trial"], row["epoch"], row["part"]) for row in table}
    assert seen == {(t, str(e), p) for t in "01" for e in epochs for p in ("train", held_out)}


def test_the_record_says_what_ran_where_with_what(build):
    record = json.loads((build.path / "results/ex1_2/sgd/run.json").read_text())
    assert record["parameters"] == 21578
    assert record["optimizer"]["arguments"]["lr"] == {"value": 0.1, "default": False}
    assert record["settings"]["epochs"] == 3
    assert record["threads"] == 1
    assert len(record["seeds"]) == 2
    assert set(record["inputs"]) == {"dataset", "images", "targets", "split"}


def test_every_setting_and_every_object_is_listed_with_its_origin(build):
    table = [r for r in rows(build, "hyperparameters.csv") if r["variant"] == "sgd"]
    of_sgd = [r for r in table if r["exercise"] == "ex1_2"]
    record = json.loads((build.path / "results/ex1_2/sgd/run.json").read_text())
    settings = {r["name"]: r for r in of_sgd if r["kind"] == "setting"}
    objects = {r["name"]: r for r in of_sgd if r["kind"] == "object"}
    left_out = {"initialization.layers"}  # an empty block
    assert {*paths(record["settings"])} - left_out <= set(settings)
    assert {f"optimizer.{name}" for name in record["optimizer"]["arguments"]} <= set(objects)
    assert objects["optimizer.momentum"]["origin"] == "framework default"
    assert objects["layers.output.in_features"]["value"] == "1568"
    assert all(r["value"] and r["meaning"] and r["origin"] for r in table)


def test_the_classes_of_all_parts_are_counted(build):
    counted = rows(build, "data/mnist/balance.csv")
    split = rows(build, "data/mnist/split.csv")
    for part in ("train", "validation", "test"):
        images = [int(row["images"]) for row in counted if row["part"] == part]
        assert sum(images) == sum(row["part"] == part for row in split)
    glands = [row for row in rows(build, "data/warwick/balance.csv") if row["part"] == "test"]
    assert sum(float(row["share"]) for row in glands) == pytest.approx(1)


def test_every_figure_is_there_in_both_formats(build):
    drawn = {file.name for file in (build.path / "results/ex2_1/figures").iterdir()}
    pictures = [f"segmentations_{n}" for n in ("baseline_2024", "baseline_2019", "augmented")]
    names = ("curves", "trials", *pictures)
    assert drawn == {f"{name}.{suffix}" for name in names for suffix in ("svg", "pdf")}


@pytest.mark.parametrize(
    ("exercise", "figure"),
    [
        ("ex1_2", "misclassified_sgd"),
        ("ex1_2", "confusion_again"),
        ("ex2_4", "speed"),
        ("ex2_4", "gradients"),
    ],
)
def test_an_exercise_has_the_figures_of_what_it_asks(build, exercise, figure):
    for suffix in ("svg", "pdf"):
        assert (build.path / f"results/{exercise}/figures/{figure}.{suffix}").is_file()


def test_confusions_and_classes_add_up_to_the_accuracy(build):
    for row in rows(build, "ex1_2/accuracy.csv"):
        of_trial = lambda r, row=row: (r["variant"], r["trial"]) == (row["variant"], row["trial"])  # noqa: E731
        pairs = [r for r in rows(build, "ex1_2/confusion.csv") if of_trial(r)]
        classes = [r for r in rows(build, "ex1_2/per_class.csv") if of_trial(r)]
        on_diagonal = sum(int(r["count"]) for r in pairs if r["true"] == r["predicted"])
        assert on_diagonal == sum(int(r["correct"]) for r in classes) == int(row["correct"])
        assert sum(int(r["count"]) for r in pairs) == int(row["n"])


def test_speed_is_measured_of_what_has_validation_images(build):
    table = rows(build, "ex2_4/speed.csv")
    assert [r["variant"] for r in table] == [
        name for name in ("plain_2", "residual_2") for _ in range(2)
    ]


def test_the_time_of_the_hand_written_network_stands_beside_pytorchs(build):
    trials = [r for r in rows(build, "timing.csv") if r["kind"] == "trial"]
    own = [r for r in trials if r["variant"] == "numpy_2019"]
    assert {r["base"] for r in own} == {"ex1_1/sgd"}
    assert all(float(r["times_base"]) > 0 for r in own)


@pytest.mark.parametrize(
    ("exercise", "expected"),
    [
        # R2024 calls sgd its best, no source describes the others, and again is a second name.
        ("ex1_2", {"sgd", "elu_dropout", "too_fast", "explodes", "lost"}),
        # R2019 calls none its best.
        ("ex1_1", {"numpy_2019", "sgd"}),
    ],
)
def test_mistakes_are_shown_of_what_a_source_calls_best_or_of_all(build, exercise, expected):
    page = (build.path / "results/reports/assignment.html").read_text()
    summary = [r for r in rows(build, f"{exercise}/summary.csv") if r["kind"] == "variant"]
    shown = {r["variant"] for r in summary if f"{exercise}-confusion_{r['variant']}-figure" in page}
    assert shown == expected


def test_the_report_needs_nothing_else(build):
    page = (build.path / "results/reports/assignment.html").read_text()
    assert "Stand-in data." in page
    for outside in ("<link", "<script src", "<img", "@import", 'src="http', 'href="http'):
        assert outside not in page


def test_the_report_lists_every_hyperparameter(build):
    page = (build.path / "results/reports/assignment.html").read_text()
    for key in ("ex1_2/sgd", "ex2_1/baseline_2019"):
        record = json.loads((build.path / f"results/{key}/run.json").read_text())
        assert [path for path in paths(record["settings"]) if f">{path}<" not in page] == []


def test_the_report_has_no_id_twice(build):
    ids = re.findall(
        r'\bid="([^"]+)"', (build.path / "results/reports/assignment.html").read_text()
    )
    assert len(ids) == len(set(ids))


def test_every_link_within_the_report_leads_somewhere(build):
    page = (build.path / "results/reports/assignment.html").read_text()
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_the_build_ends_with_a_table_and_the_path_of_the_report(build):
    text = (build.path / "terminal.txt").read_text()
    assert "mean ± sd" in text
    assert "98.78 %" in text
    assert "Report: results/report.html" in text
    assert "Report: results/reports/assignment.html" in text


def test_no_checkpoint_and_no_partial_file_is_left(build):
    assert not list(build.path.glob("checkpoints/**/*.pt"))
    assert not list(build.path.glob("results/**/.partial-*"))


def test_a_second_build_has_nothing_to_do(build):
    assert build.planned() == set()


VARIANTS = (
    "ex1_1_numpy_2019",
    "ex1_1_sgd",
    "ex1_2_sgd",
    "ex1_2_elu_dropout",
    "ex1_2_too_fast",
    "ex1_2_explodes",
    "ex1_2_lost",
    "ex2_1_baseline_2024",
    "ex2_1_baseline_2019",
    "ex2_1_augmented",
    "ex2_4_plain_2",
    "ex2_4_residual_2",
)
REPORTS = {"report_html_assignment", "report_tex_assignment", "report_front"}
# What a report says about its studies, and not only about their results.
WORDS = {"report_outline_assignment", *REPORTS}


def told(*studies: str) -> set[str]:
    """Give what follows whatever else is made again: its seconds are collected, and reported."""
    return {f"collect_timing_{study}" for study in studies} | {"collect_timing", *REPORTS}


def judged(*studies: str) -> set[str]:
    own = {f"{step}_{study}" for step in ("judge_claims", "draw_headline") for study in studies}
    return own | {"collect_claims", *WORDS} | told(*studies)


def listed(*studies: str) -> set[str]:
    names = {f"list_hyperparameters_{study}" for study in studies}
    return names | {"collect_hyperparameters"} | told(*studies)


def recorded(*studies: str) -> set[str]:
    """Give what reads the records of trainings, apart from claims about time."""
    return judged(*studies) | listed(*studies)


TIMES = {"judge_times_mnist", "collect_claims_timing"}  # no claim is about the seconds of glands
ONCE = TIMES | recorded("mnist")


def trained(*variants: str) -> set[str]:
    """Give the rules that train and predict the variants whose names start so."""
    names = [name for name in VARIANTS if name.startswith(variants)]
    return {f"{step}_{name}" for step in ("train", "predict") for name in names}


def after(*exercises: str) -> set[str]:
    """Give the rules that turn predictions of whole exercises into tables and figures."""
    speed = {"measure_speed_ex2_4"} if "ex2_4" in exercises else set()
    own = {f"{step}_{e}" for step in ("evaluate", "compare", "draw") for e in exercises}
    return own | speed | {"collect_numbers"}


def change_rate(checkout: Checkout) -> None:
    checkout.edit("studies/mnist.yaml", "learning_rate: 0.1\n", "learning_rate: 0.07\n")


def change_engine(checkout: Checkout) -> None:
    checkout.edit("src/dlia/training/progress.py", "self.epoch += 1", "self.epoch += 2 - 1")


def change_model(checkout: Checkout) -> None:
    checkout.edit("src/dlia/models/cnn.py", "nn.Flatten()", "nn.Flatten(1)")


def change_what_is_written_by_hand(checkout: Checkout) -> None:
    checkout.edit(
        "src/dlia/training/numpy_learner.py",
        "gradient[rows, labels] -= 1",
        "gradient[rows, labels] -= 2 - 1",
    )


def change_level(checkout: Checkout) -> None:
    checkout.edit("studies/warwick.yaml", "level: 0.8", "level: 0.5")


def change_claim(checkout: Checkout) -> None:
    checkout.edit("studies/mnist.yaml", "reaches above 98 %", "reaches more than 98 %")


def change_margin(checkout: Checkout) -> None:
    checkout.edit("config.yaml", "accuracy: 0.003", "accuracy: 0.002")


def change_rule_of_a_verdict(checkout: Checkout) -> None:
    checkout.edit("src/dlia/verdicts/rules.py", "ENOUGH_TRIALS = 3", "ENOUGH_TRIALS = 4")


def change_what_is_compared(checkout: Checkout) -> None:
    old = "      residual_2:\n"
    new = f"{old}        compare_with: ex2_1/baseline_2019\n"
    checkout.edit("studies/warwick.yaml", old, new)


def change_views(checkout: Checkout) -> None:
    checkout.edit("studies/warwick.yaml", "threshold: 0.5", "threshold: 0.5\n    views: flips")


def change_comment(checkout: Checkout) -> None:
    for file in (
        "src/dlia/training/loop.py",
        "workflow/scripts/train.py",
        "src/dlia/tasks/segmentation/dice.py",
    ):
        path = checkout.path / file
        path.write_text(path.read_text() + "\n# A remark.\n")


def change_docstring(checkout: Checkout) -> None:
    checkout.edit("src/dlia/training/loop.py", "top to bottom on one screen", "on one screen")


def change_words_and_locks(checkout: Checkout) -> None:
    checkout.edit("src/dlia/training/workers.py", "most often because", "perhaps because")
    checkout.edit("src/dlia/training/train_variant.py", "still trains this", "trains this still")
    checkout.edit("src/dlia/runtime/locks.py", "_PAUSE = 0.3", "_PAUSE = 0.4")


def change_dice(checkout: Checkout) -> None:
    checkout.edit("src/dlia/tasks/segmentation/tables.py", '"both_empty": (', '"both_empty": 1 * (')


def change_dice_itself(checkout: Checkout) -> None:
    checkout.edit(
        "src/dlia/tasks/segmentation/dice.py", "return (2 * overlap", "return (1 * 2 * overlap"
    )


def change_glands(checkout: Checkout) -> None:
    path = checkout.path / "src/dlia/data/standins/glands.py"
    path.write_text(path.read_text() + "\nUNUSED = 1\n")


def change_description(checkout: Checkout) -> None:
    checkout.edit("src/dlia/study/settings_learning.py", "Momentum factor.", "The momentum.")


def change_figure(checkout: Checkout) -> None:
    path = checkout.path / "src/dlia/tasks/classification/misclassified.py"
    path.write_text(path.read_text() + "\nUNUSED = 1\n")


def change_words_of_a_task(checkout: Checkout) -> None:
    checkout.edit("src/dlia/tasks/segmentation/task.py", "Share of the pixels, mean", "The mean")


def change_template(checkout: Checkout) -> None:
    checkout.edit("report/report.html.j2", "<footer>", "<footer >")


def change_threshold(checkout: Checkout) -> None:
    checkout.edit("studies/warwick.yaml", "threshold: 0.5", "threshold: 0.4")


def change_comment_of_a_variant(checkout: Checkout) -> None:
    checkout.edit(
        "studies/mnist.yaml",
        "R2024 1.2 and 1.3.1\n",
        "R2024 1.2 and 1.3.1\n        comment: Mine.\n",
    )


def add_variant(checkout: Checkout) -> None:
    new = {"base": "ex1_2/sgd", "epochs": 2}
    checkout.edit_yaml(
        "studies/mnist.yaml", lambda s: s["exercises"]["ex1_2"]["variants"].update(new=new)
    )


def change_trials(checkout: Checkout) -> None:
    checkout.edit("config.yaml", "trials: 2", "trials: 1")


def change_formatting(checkout: Checkout) -> None:
    checkout.edit("src/dlia/training/measures.py", "PIXELS = 2**18", "PIXELS = (\n    2**18\n)")
    checkout.edit(
        "workflow/scripts/train.py", "code=snakemake.params.code,", "code=(snakemake.params.code),"
    )


def change_device(checkout: Checkout) -> None:
    checkout.edit("config.yaml", "device: auto", "device: cpu")


def change_split_seed(checkout: Checkout) -> None:
    checkout.edit("studies/mnist.yaml", "validation: 0.1", "validation: 0.1\n  split_seed: 7")


BOTH = ("mnist", "warwick")
MNIST, WARWICK = ("ex1_1", "ex1_2"), ("ex2_1", "ex2_4")
PREDICTED_WARWICK = {name for name in trained("ex2") if name.startswith("predict")}
EDITS = [
    (
        change_rate,
        trained("ex1_2_sgd", "ex1_2_elu", "ex1_2_lost") | after("ex1_2") | ONCE,
    ),
    (change_engine, trained("ex") | after(*MNIST, *WARWICK) | ONCE | recorded("warwick")),
    (change_comment, set()),
    (change_formatting, set()),
    (change_device, set()),
    (
        add_variant,
        {"train_ex1_2_new", "predict_ex1_2_new"} | after("ex1_2") | recorded("mnist"),
    ),
    (
        change_trials,
        trained("ex") | after("ex1_1", "ex1_2", *WARWICK) | ONCE | recorded("warwick"),
    ),
    (change_docstring, set()),
    (change_words_and_locks, set()),
    (change_model, trained("ex1_2") | after("ex1_2") | ONCE),
    (change_what_is_written_by_hand, trained("ex1_1_numpy") | after("ex1_1") | ONCE),
    (change_dice, judged("warwick") | after(*WARWICK) - {"measure_speed_ex2_4"}),
    (change_dice_itself, trained("ex2") | after(*WARWICK) | recorded("warwick")),
    (
        change_glands,
        {"draw_standin_warwick", "unpack_warwick", "split_warwick", "describe_warwick"}
        | trained("ex2")
        | after(*WARWICK)
        | recorded("warwick"),
    ),
    (change_description, listed("mnist")),
    (change_figure, {"draw_ex1_1", "draw_ex1_2"} | told("mnist")),
    (change_template, {"report_html_assignment", "report_front"}),
    (change_words_of_a_task, {"collect_numbers", *REPORTS}),
    (
        change_threshold,
        PREDICTED_WARWICK | recorded("warwick") | after(*WARWICK) - {"measure_speed_ex2_4"},
    ),
    (
        change_views,
        # This one has views of its own.
        (PREDICTED_WARWICK - {"predict_ex2_1_augmented"})
        | recorded("warwick")
        | after(*WARWICK) - {"measure_speed_ex2_4"},
    ),
    (change_claim, judged("mnist")),
    (change_margin, judged(*BOTH) | {"judge_times_warwick", *TIMES}),
    (change_rule_of_a_verdict, judged(*BOTH) | {"judge_times_warwick", *TIMES}),
    (change_what_is_compared, {"compare_ex2_4"} | WORDS | told("warwick")),
    (change_level, {"measure_speed_ex2_4", "draw_ex2_4"} | WORDS | told("warwick")),
    (change_comment_of_a_variant, WORDS),
    (change_split_seed, {"split_mnist", "describe_mnist"} | trained("ex1") | after(*MNIST) | ONCE),
]


@pytest.mark.parametrize(
    ("edit", "expected"), sampled(EDITS, 9), ids=[edit.__name__ for edit, _ in EDITS]
)
def test_an_edit_reruns_exactly_what_depends_on_it(edited, edit, expected):
    edit(edited)
    assert edited.planned() == expected


def test_a_real_archive_in_place_of_a_stand_in_rebuilds_what_rested_on_it(edited):
    archive = edited.path / "data" / "WARWICK.zip"
    archive.parent.mkdir()
    edited.edit_yaml("studies/warwick.yaml", lambda study: study["data"].update(size=[32, 32]))
    drawn = (edited.path / "results/data/standins/WARWICK.zip").read_bytes()
    mark = b"stand-in drawn by dlia"
    archive.write_bytes(drawn[: -len(mark) - 2] + b"\0\0")  # the same without its comment
    planned = edited.planned()
    assert {"unpack_warwick", "train_ex2_1_baseline_2019", "evaluate_ex2_1"} <= planned
    assert not {name for name in planned if "mnist" in name or "ex1_" in name}


@pytest.mark.parametrize("library", ["torch", "torchvision", "numpy"])
def test_another_version_of_what_computes_trains_and_predicts_again(edited, library):
    newer = edited.path / "src" / f"{library}-99.0.dist-info"  # the first place that is searched
    newer.mkdir()
    (newer / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: 99.0\n")
    wanted = trained("ex") | after(*MNIST, *WARWICK) | ONCE | recorded("warwick")
    assert edited.planned() == wanted


def test_a_result_that_was_lost_is_made_again(edited):
    (edited.path / "results/ex2_1/summary.csv").unlink()
    after_it = {"evaluate_ex2_1", "compare_ex2_1", "compare_ex2_4", "draw_ex2_1", "collect_numbers"}
    assert after_it | judged("warwick") == edited.planned()


def test_the_device_is_no_reason_to_train_again(edited):
    assert edited.planned("--config", "device=cpu") == set()


def test_every_job_before_the_report_has_its_seconds(build):
    jobs = [r for r in rows(build, "timing.csv") if r["kind"] == "job"]
    measured = {file.stem for file in (build.path / "results/benchmarks").iterdir()}
    of_reports = {name for name in measured if name.startswith(("collect_", "report_"))}
    assert {r["job"] for r in jobs} == measured - of_reports
    assert {(r["study"], r["job"]) for r in jobs} >= {
        ("mnist", "judge_times_mnist"),
        ("warwick", "unpack_warwick"),
    }
    assert all(float(r["seconds"]) > 0 for r in jobs)


@pytest.mark.slow
def test_a_benchmark_that_is_lost_makes_no_job_run_again(edited):
    (edited.path / "results/benchmarks/train_ex1_2_sgd.tsv").unlink()
    assert edited.planned() == set()
    result = edited.snakemake("--cores", "1", "--force", "results/mnist/timing.csv")
    assert result.returncode == 0, result.stdout + result.stderr
    jobs = [r for r in rows(edited, "mnist/timing.csv") if r["kind"] == "job"]
    assert [r["job"] for r in jobs if r["seconds"] == "not measured"] == ["train_ex1_2_sgd"]
