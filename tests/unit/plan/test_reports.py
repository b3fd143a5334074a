"""Which reports a build writes, and which files of earlier builds it takes into account."""

from pathlib import Path
from typing import Any

import pytest
from trainings import STUDIES

from dlia.errors import UserError
from dlia.plan import outputs
from dlia.plan.plan import Plan
from dlia.plan.reports import check_reports, reports_of, reports_there, tables_there
from dlia.reporting.again import overrides
from dlia.study.config import resolve_config
from dlia.study.yaml_files import ROOT


def built(studies: list[str], **config: Any) -> dict[str, list[str]]:
    """Give the reports of a build of ``studies``, with the studies of each."""
    settings = resolve_config({"studies": studies, **config})
    reports = reports_of(settings, {name: STUDIES[name] for name in studies})
    return {name: report.studies for name, report in reports.items()}


def report(*studies: str, **keys: str) -> dict[str, Any]:
    return {"title": "One", "studies": list(studies), **keys}


def test_the_reports_of_the_assignment_are_the_default():
    assert built(["mnist", "warwick"]) == {"assignment": ["mnist", "warwick"]}


def test_the_order_of_studies_in_a_report_is_that_of_the_report():
    reports = {"a": report("warwick", "mnist")}
    assert built(["mnist", "warwick"], reports=reports) == {"a": ["warwick", "mnist"]}


def test_a_report_of_which_a_study_is_not_asked_for_is_not_built():
    assert "assignment" not in built(["warwick"])


def test_a_study_in_no_report_that_is_built_gets_one_of_its_own():
    assert built(["warwick"]) == {"warwick": ["warwick"]}
    assert built(["mnist", "warwick"], reports={}) == {"mnist": ["mnist"], "warwick": ["warwick"]}


def test_a_study_may_be_in_two_reports():
    reports = {"a": report("mnist", "warwick"), "b": report("mnist")}
    assert built(["mnist", "warwick"], reports=reports) == {
        "a": ["mnist", "warwick"],
        "b": ["mnist"],
    }


def test_a_report_of_its_own_has_the_title_of_the_study_and_the_author_of_its_other_report():
    reports = {"a": report("mnist", "warwick", author="me", course="02456")}
    settings = resolve_config({"reports": reports})
    own = reports_of(settings, {"mnist": STUDIES["mnist"]})["mnist"]
    assert (own.title, own.author, own.course) == (STUDIES["mnist"].title, "me", "02456")


def test_a_report_about_a_study_that_does_not_exist_is_refused():
    config = resolve_config({"reports": {"a": report("mnist", "warwik")}})
    with pytest.raises(
        UserError, match=r"reports\.a\.studies: there is no studies/warwik\.yaml; did"
    ):
        check_reports(config, ROOT)


def test_a_report_must_not_have_the_name_of_a_study_that_may_get_one_of_its_own():
    config = resolve_config({"reports": {"mnist": report("mnist", "warwick")}})
    with pytest.raises(UserError, match=r"reports\.mnist: is also the name of a study"):
        check_reports(config, ROOT)
    check_reports(resolve_config({"reports": {"mnist": report("mnist")}}), ROOT)


def test_tables_of_studies_that_were_built_before_are_collected_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    earlier = Path("results/mnist/claims.csv")
    earlier.parent.mkdir(parents=True)
    earlier.touch()
    wanted = ["results/mnist/claims.csv", "results/warwick/claims.csv"]
    assert tables_there("claims", {"warwick": STUDIES["warwick"]}) == wanted
    earlier.with_name("unknown.csv").touch()
    assert tables_there("claims", dict(STUDIES)) == wanted


def test_reports_that_were_built_before_are_on_the_front_page_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = Path("results/reports")
    folder.mkdir(parents=True)
    for file in ("assignment.json", "assignment.html", "my_copy.tex"):
        (folder / file).touch()
    assert reports_there(["results/reports/warwick.html"]) == [
        "results/reports/assignment.html",
        "results/reports/assignment.json",
        "results/reports/warwick.html",
        "results/reports/warwick.json",
    ]


def test_the_front_page_is_about_all_studies_and_a_report_about_its_own(tmp_path):
    plan = Plan.read({"standins": True, "reports": {"a": report("mnist")}}, tmp_path)
    files = outputs.report_files(plan)
    assert files["results/report.html"] == plan.config.studies
    assert files["results/reports/a.tex"] == ["mnist"]
    assert files["results/reports/warwick.html"] == ["warwick"]


@pytest.mark.parametrize(
    ("studies", "said"),
    [
        (["mnist", "warwick"], ""),
        (["mnist"], " --config 'studies=[mnist]' trials=1"),
        (["mnist", "raccoon"], " --config 'studies=[mnist, raccoon]' trials=1"),
    ],
)
def test_commands_name_studies_of_which_the_configuration_makes_no_report(tmp_path, studies, said):
    plan = Plan.read({"standins": True, "studies": studies, "trials": 1}, tmp_path)
    found = {"overrides": plan.overrides(resolve_config({}), ("trials",), studies)}
    assert overrides(found) == (said or " --config trials=1")


def test_a_study_that_the_configuration_lists_alone_needs_no_option(tmp_path):
    plan = Plan.read({"standins": True, "studies": ["raccoon"]}, tmp_path)
    written = resolve_config({"studies": ["raccoon"]})
    assert plan.overrides(written, ("trials",), ["raccoon"]) == {}
