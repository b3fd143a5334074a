"""Readings of settings that no source states, as the report shows them."""

from dlia.formatting import interval_text, metric_text
from dlia.reporting.blocks import Cell, Figure, Folded, Row, Span, Table, code, table, text, words
from dlia.reporting.one_trial import without_spreads
from dlia.reporting.records import RESULTS, read_table
from dlia.reporting.results import Outcome
from dlia.reporting.rules import LEVEL_TEXT


def readings_part(outcome: Outcome) -> Folded:
    """Return what every reading of an exercise reaches, those that are taken too."""
    id_ = outcome.exercise.id
    said = words(
        "How far a result moves with settings that its source does not state: mean over the trials "
        "on the test {unit}s with its interval, in the order of the means, and the reported value.",
        unit=outcome.study.task.unit,
    )
    figure = Figure(f"{id_}-readings-figure", f"{id_}/figures/readings", said)
    title = "Readings of what is not reported"
    return Folded(f"{id_}--readings", title, (_table(outcome), figure))


def _table(outcome: Outcome) -> Table:
    id_, family = outcome.exercise.id, outcome.study.family
    found = read_table(RESULTS / id_ / "readings.csv")
    single = all(row["trials"] == "1" for row in found)
    caption = words(
        "Other values of settings that a source does not state, each trained as a variant that "
        "differs in nothing else{single}. None was chosen by its result; [the rules][rules] say "
        "how they decide a claim. All numbers: `results/{id}/readings.csv`",
        id=id_,
        single=Span(", one trial each" if single else ""),
    )
    heads = [
        "Variant",
        "Setting",
        "Value",
        "#Reported",
        "#Mean",
        "#± sd",
        f"#{LEVEL_TEXT} interval",
        "Trials",
    ]
    rows = []
    for row in found:
        sd = metric_text(family, row["sd"])
        interval = interval_text(family, row["low"], row["high"])
        spread = [sd] if sd == interval else [sd, interval]
        failed = f", {row['failed']} failed" if int(row["failed"]) else ""
        cells = [
            Cell((code(row["variant"]),)),
            *(Cell(text(row[name])) for name in ("setting", "value", "reported")),
            Cell(text(metric_text(family, row["mean"]))),
            *(Cell(text(said), span=3 - len(spread)) for said in spread),
            Cell(text(row["trials"] + failed)),
        ]
        rows.append(Row(tuple(cells)))
    made = table(f"{id_}-readings", caption, heads, rows, "small")
    return without_spreads(made, ("± sd", f"{LEVEL_TEXT} interval", "Trials")) if single else made
