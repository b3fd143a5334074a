"""What the studies say: listed by ``dlia variants``, and as the reports have it."""

import re
import sys
from pathlib import Path

import pytest
import yaml
from own_studies import own_studies

from dlia.__main__ import main
from dlia.commands.variants import details, overview
from dlia.formatting import setting_text
from dlia.study.config import Config
from dlia.study.load import all_variants
from dlia.study.model import Variant
from dlia.study.printed import parse_reported
from dlia.study.yaml_files import ROOT

VARIANTS = all_variants(own_studies(*Config().studies))


def variant(**record: object) -> Variant:
    """Give ex1_2/sgd with another record."""
    sgd = VARIANTS["ex1_2/sgd"]
    return Variant("mnist", "e", "a", sgd.settings, sgd.origins, **record)  # type: ignore[arg-type]


def columns(line: str) -> list[str]:
    """Give the cells of a table's line."""
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


@pytest.fixture
def command(monkeypatch, capsys):
    """Give what runs ``dlia variants`` in the project: status, output, errors."""

    def run(*words: str, folder: Path = ROOT, width: int = 0) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["dlia", "variants", *words])
        if width:
            monkeypatch.setenv("COLUMNS", str(width))
        else:
            monkeypatch.delenv("COLUMNS", raising=False)
        status = main()
        return status, *capsys.readouterr()

    return run


def listed_in(output: str) -> list[str]:
    """Give the first column of all tables of variants."""
    cells = [columns(line) for line in output.splitlines()]
    return [line[0] for line in cells if line and re.fullmatch(r"\w+/\w+", line[0])]


def test_without_a_name_every_variant_has_a_line(command):
    status, output, _ = command()
    assert status == 0
    assert listed_in(output) == list(VARIANTS)


def test_readings_have_a_line_each_where_they_are_asked_for(command):
    _, output, _ = command("--config", "readings=true")
    listed = listed_in(output)
    sgd = VARIANTS["ex1_2/sgd"]
    after = listed[listed.index("ex1_2/sgd") + 1 :]
    assert after[: len(sgd.readings)] == [reading.variant.key for reading in sgd.readings]


def test_a_variant_names_its_readings():
    assert "ex1_2/sgd__batch_size_32: batch_size 32" in details(VARIANTS["ex1_2/sgd"])


def test_the_settings_of_a_reading_can_be_read_by_its_name(command):
    status, output, _ = command("ex1_2/sgd__learning_rate_0_25")
    rate = next(line for line in output.splitlines() if "optimizer.learning_rate" in line)
    assert (status, columns(rate)[1:3]) == (0, ["0.25", "reading"])


def test_a_line_says_model_optimizer_batch_epochs_trials_and_what_is_reported():
    sgd = VARIANTS["ex1_2/sgd"]
    said = ["ex1_2/sgd", "cnn", "sgd 0.1", "128", "40", "3", "accuracy 98.78 %"]
    assert columns(overview([sgd]).splitlines()[2]) == [*said, str(len(sgd.assumed))]


@pytest.mark.parametrize(
    ("record", "said"), [({"base": "e/b"}, "e/b"), ({"same_as": "e/b"}, "same as e/b")]
)
def test_a_line_says_what_the_variant_is_built_on(record, said):
    assert columns(overview([variant(**record)]).splitlines()[2])[1] == said


def test_with_a_name_every_setting_has_a_line_with_its_origin(command):
    _, output, _ = command("ex1_2/sgd")
    lines = {columns(line)[0]: columns(line) for line in output.splitlines() if line.strip()}
    for path, origin in VARIANTS["ex1_2/sgd"].origins.items():
        assert lines[path][2] == str(origin)


def test_settings_that_nobody_stated_are_listed_with_their_default(command):
    _, output, _ = command("ex1_2/sgd")
    assert ["optimizer.momentum", "0", "default", "Momentum factor."] in map(
        columns, output.splitlines()
    )


def test_assumptions_are_listed_with_their_reasons(command):
    _, output, _ = command("ex1_5/low_lr")
    assert "  epochs: R2024 is silent here; 40 as in its section 1.4" in output


def test_without_assumptions_there_is_no_such_paragraph():
    assert "Assumed" not in details(variant())


@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({"source": "R 1"}, "Source: R 1"),
        ({"base": "e/b"}, "Base: e/b"),
        ({"same_as": "e/b"}, "Same as: e/b"),
        ({"comment": "Mine."}, "Comment: Mine."),
        ({"reported": {"accuracy": parse_reported("99 %")}}, "Reported: accuracy 99 %"),
        (
            {"reported_on": {"train": {"accuracy": parse_reported("99 %")}}},
            "Reported: accuracy on the training part 99 %",
        ),
    ],
)
def test_what_accompanies_a_variant_is_told_above_its_settings(record, line):
    assert details(variant(**record)).splitlines()[:3] == ["e/a", line, ""]


def test_an_unknown_variant_ends_in_one_line_with_the_one_that_was_meant(command):
    status, output, errors = command("ex1_2/sdg")
    assert (status, output) == (1, "")
    assert errors == "dlia: ex1_2/sdg: no such variant; did you mean ex1_2/sgd?\n"


@pytest.mark.parametrize("words", [(), ("ex1_2/sgd",), ("ex1_5/low_lr",)])
def test_on_a_terminal_of_eighty_columns_no_line_is_longer(words, command):
    status, output, _ = command(*words, width=80)
    assert status == 0
    assert [line for line in output.splitlines() if len(line) > 80] == []


def test_what_a_narrow_terminal_does_not_show_is_named():
    shown = overview(list(VARIANTS.values()), 100).splitlines()
    named = [word.strip(".,") for word in shown[-1].partition(":")[2].split()]
    every = columns(overview(list(VARIANTS.values())).splitlines()[0])
    assert sorted([*columns(shown[0]), *named]) == sorted(every)


def test_a_narrow_terminal_shows_every_meaning_below_its_setting(command):
    lines = command("ex1_2/sgd", width=80)[1].splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("optimizer.momentum "))
    assert lines[place + 1] == "    Momentum factor."


@pytest.mark.parametrize(
    "value", [True, False, None, 3, 0.01, 1e-8, 0.1234567, 1e6, 2.5e-7, [8, 16], [0.9, 0.999], "x"]
)
def test_a_setting_is_shown_as_it_would_stand_in_a_study_file(value):
    assert yaml.safe_load(setting_text(value)) == value


@pytest.mark.parametrize(
    ("text", "value", "half_digit"),
    [
        ("98.78 %", 0.9878, 0.00005),
        ("99 %", 0.99, 0.005),
        ("0.66", 0.66, 0.005),
        ("1", 1.0, 0.5),
        ("figure only", None, None),
    ],
)
def test_a_reported_value_is_read_as_printed(text, value, half_digit):
    reported = parse_reported(text)
    assert reported.text == text
    assert reported.value == value
    assert reported.half_digit == (half_digit and pytest.approx(half_digit, rel=1e-12))


def test_a_reported_value_may_end_in_the_line_end_of_a_yaml_text():
    assert parse_reported("98.78 %\n") == parse_reported("98.78 %")


def test_the_studies_hold_the_exercises_1_2_and_2_1():
    reported = ["ex1_2/sgd", "ex1_2/sgd_2019", "ex2_1/baseline_2024", "ex2_1/baseline_2019"]
    assert VARIANTS.keys() >= set(reported)


@pytest.mark.parametrize(
    ("key", "path", "value"),
    [
        ("ex1_2/sgd", "optimizer.name", "sgd"),
        ("ex1_2/sgd", "epochs", 40),
        ("ex1_2/sgd", "model.channels", [8, 16, 32]),
        ("ex1_2/sgd", "model.activation", "relu"),
        ("ex1_2/sgd_2019", "optimizer.learning_rate", 0.25),
        ("ex1_2/sgd_2019", "batch_size", 100),
        ("ex1_2/sgd_2019", "epochs", 4),
        ("ex1_2/sgd_2019", "initialization.name", "normal"),
        ("ex1_2/sgd_2019", "initialization.std", 0.05),
        ("ex1_2/sgd_2019", "initialization.biases", "zeros"),
        ("ex2_1/baseline_2024", "model.channels", [8, 16, 32]),
        ("ex2_1/baseline_2024", "loss.name", "cross_entropy"),
        ("ex2_1/baseline_2024", "optimizer.learning_rate", 0.01),
        ("ex2_1/baseline_2024", "batch_size", 32),
        ("ex2_1/baseline_2024", "epochs", 100),
        ("ex2_1/baseline_2024", "schedule.gamma", 0.2),
        ("ex2_1/baseline_2024", "schedule.step_size", 5),
        ("ex2_1/baseline_2019", "loss.name", "binary_cross_entropy"),
        ("ex2_1/baseline_2019", "optimizer.name", "adam"),
        ("ex2_1/baseline_2019", "optimizer.learning_rate", 0.001),
        ("ex2_1/baseline_2019", "optimizer.eps", 1e-7),
        ("ex2_1/baseline_2019", "batch_size", 5),
        ("ex2_1/baseline_2019", "epochs", 250),
        ("ex2_1/baseline_2019", "initialization.name", "glorot_uniform"),
    ],
)
def test_the_studies_say_what_the_reports_say(key, path, value):
    assert {leaf.path: leaf.value for leaf in VARIANTS[key].settings.leaves()}[path] == value


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("ex1_2/sgd", "optimizer.learning_rate"),
        ("ex1_2/sgd", "batch_size"),
        ("ex1_5/low_lr", "epochs"),
        ("ex2_1/baseline_2024", "model.channels"),
        ("ex2_1/baseline_2024", "optimizer.name"),
    ],
)
def test_what_a_report_leaves_open_is_marked_as_assumed(key, path):
    assert str(VARIANTS[key].origins[path]) == "assumed"


@pytest.mark.parametrize(
    ("key", "metric", "value"),
    [
        ("ex1_2/sgd", "accuracy", 0.9878),
        ("ex1_2/sgd_2019", "accuracy", None),
        ("ex2_1/baseline_2024", "dice", 0.66),
        ("ex2_1/baseline_2019", "dice_soft_pooled", None),
    ],
)
def test_the_reported_values_are_those_of_the_reports(key, metric, value):
    assert {name: r.value for name, r in VARIANTS[key].reported.items()} == {metric: value}


def test_prediction_and_trials_are_no_settings_of_a_training():
    settings = VARIANTS["ex2_1/baseline_2024"].settings.of_training()
    assert not {"prediction", "trials"} & settings.keys()
