"""The front page: every report in results/, and what its results rest on."""

from collections.abc import Iterable
from pathlib import Path

from dlia.reporting import rendering
from dlia.reporting.blocks import (
    AnyBlock,
    Fact,
    FactList,
    Panels,
    Paragraph,
    Prose,
    Section,
    Span,
    joined,
    paragraph,
    text,
    words,
)
from dlia.reporting.claims import tallies
from dlia.reporting.headlines import headline_panel
from dlia.reporting.html import html_environment
from dlia.reporting.outline import Outline, StudyOutline, read_outline
from dlia.reporting.records import RESULTS
from dlia.runtime.files import write_text
from dlia.study.tally import VerdictCounts

_FORMATS = {"html": "web page", "tex": "LaTeX document", "pdf": "PDF"}


def write_front(outlines: list[str], order: list[str], templates: Path, path: str) -> None:
    """Render the front page.

    Args:
        outlines: The outlines of all reports; earlier builds may have written some.
        order: The names of the reports of config.yaml, in their order; others follow.
        templates: The folder with front.html.j2, blocks.html.j2 and style.css.
        path: Where the page goes.

    Raises:
        UserError: A value is missing; the text says where.
    """
    found = {Path(file).stem: read_outline(file) for file in outlines}
    names = [*(name for name in order if name in found), *sorted(found.keys() - set(order))]
    reports = {name: found[name] for name in names if _links(name, found[name])}
    context = {
        "banner": banner(reports.values()),
        "blocks": [_INTRODUCTION, *(_report(name, report) for name, report in reports.items())],
        "style": (templates / "style.css").read_text(encoding="utf-8"),
    }
    template = html_environment(templates).get_template("front.html.j2")
    page = rendering.render_or_name_the_place(lambda: template.render(context), templates)
    write_text(path, page)


_INTRODUCTION = paragraph(
    "All reports in the folder `results/`, and the verdicts on the claims of the original reports. "
    "Every build writes this page anew."
)


def banner(reports: Iterable[Outline]) -> Prose:
    """Return the words that stand above the page, or none."""
    studies = [study for report in reports for study in report["studies"]]
    parts = ["Stand-in data."] * any(study["standin"] for study in studies)
    parts += ["Stand-in weights."] * any(study.get("standin_weights") for study in studies)
    parts += ["Shortened trainings."] * any(study["shortened"] for study in studies)
    if not parts:
        return ()
    drawn = [study["name"] for study in studies if study["standin"]]
    advice = (
        " To build from real images, put the archives into the folder `data` "
        f"(`dlia fetch {drawn[0]}` fetches its own, or says whom to ask), and run the same command "
        "again."
        if drawn
        else ""
    )
    return words(
        "{said} Results that are marked so below say nothing about the original reports." + advice,
        said=Span(" ".join(parts), "strong"),
    )


def _report(name: str, report: Outline) -> Section:
    by = [Span(report[key], "user") for key in ("course", "author") if report[key]]
    blocks: list[AnyBlock] = [
        *([Paragraph(joined(by, " · "), "lead")] if by else []),
        paragraph("Read it as {links}.", links=joined(_links(name, report), " or ")),
        *(_study(name, study) for study in report["studies"]),
    ]
    return Section(f"report-{name}", report["title"], tuple(blocks))


def _links(name: str, report: Outline) -> list[Span]:
    """Return a link to each format in which a report is there."""
    files = [(f"reports/{name}.{suffix}", _FORMATS[suffix]) for suffix in report["formats"]]
    return [Span(words, "file", file) for file, words in files if (RESULTS / file).is_file()]


def _study(report: str, study: StudyOutline) -> Section:
    verdicts, questions = (
        tuple((verdict, count) for verdict, count in found)
        for found in (study["verdicts"], study.get("questions", []))
    )
    facts = [("Data", text(study["data"])), ("Trainings", text(study["trainings"]))]
    times = {"claim": study["claims_about_time"], "question": study.get("questions_about_time", 0)}
    if counts := [f"{n} {kind}{'s' * (n != 1)}" for kind, n in times.items() if n]:
        facts.append(("Run times", text(", ".join(counts))))
    blocks: list[AnyBlock] = [
        FactList(tuple(Fact(term, said) for term, said in facts)),
        *tallies(VerdictCounts(verdicts, questions)),
    ]
    panel = headline_panel(f"{report}-", study["name"], study["title"])
    if (RESULTS / f"{panel.file}.svg").is_file():
        blocks = [Panels((panel,), tuple(blocks))]
    return Section(f"{report}-{study['name']}", study["title"], tuple(blocks))
