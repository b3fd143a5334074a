"""How to run the build, or one number of it, again: commands, commits, and the time to expect."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from dlia.formatting import duration_text, setting_text
from dlia.reporting.blocks import (
    Fact,
    FactList,
    Prose,
    Section,
    Span,
    Table,
    code,
    joined,
    listed,
    table,
    text,
    variant,
    words,
)
from dlia.runtime.checkout import DIFFERENCES, GitState, git_state
from dlia.study.model import Variant

COMMIT_DIGITS = 12  # of a commit, as many as Git asks for
Records = Sequence[dict[str, Any]]


def again_part(trained: Sequence[Variant], records: Records, asked: dict[str, Any]) -> Section:
    """Return the section with commands, commits and times.

    Args:
        trained: The variants with trainings of their own.
        records: The records of all trainings.
        asked: The entries of config.yaml, and overrides.
    """
    overridden = overrides(asked)
    facts = [
        Fact(
            "Everything",
            words(
                "{make} in a checkout of the commit under *Code* (the last one, if there are "
                "several), with the archives in its folder `data` (or in the folder that "
                "`data_dir` in `config.yaml` names)",
                make=Span(whole_command(overridden), "command"),
            ),
        ),
        *([_one_number(trained[0], overridden)] if trained else []),
        Fact("Settings", words("{list}", list=Span("dlia variants", "command"))),
        Fact("Code", commits_text(records), volatile=True),
        *([Fact("Time", _time(records), volatile=True)] if records else []),
    ]
    return Section("again", "Run it again", (FactList(tuple(facts)),))


def _one_number(own: Variant, overridden: str) -> Fact:
    said = words(
        "For example that of {variant}, trained anew: {activate} (the environment that `make` has "
        "set up), then {command} Its mean on the test part stands in "
        "`results/{id}/summary.csv`{parts}. Every variant has its command among the details of its "
        "exercise. Without `-R`, only what has changed runs.",
        activate=Span(". .venv/bin/activate", "command"),
        command=Span(rerun_command(own.exercise, own.key, overridden), "command"),
        variant=variant(own.key),
        id=own.exercise,
        parts=words(", those on the other parts in `results/{id}/parts.csv`", id=own.exercise)
        if own.reported_on
        else Span(""),
    )
    return Fact("One number", said)


def whole_command(overridden: str) -> str:
    """Return the command that builds everything."""
    mark = '"' if "'" in overridden else "'"
    return f"make ARGS={mark}{overridden.strip()}{mark}" if overridden else "make"


def rerun_command(exercise: str, key: str, overridden: str) -> str:
    """Return the command that trains one variant anew and evaluates it."""
    return f"snakemake results/{exercise}/summary.csv{overridden} -R train_{key.replace('/', '_')}"


def overrides(asked: dict[str, Any]) -> str:
    """Return the values that replaced entries of config.yaml, as command-line words."""
    said = (f"{key}={setting_text(value)}" for key, value in asked["overrides"].items())
    written = "".join(f" {shlex.quote(word)}" for word in said)
    return f" --config{written}" if written else ""


def _time(records: Records) -> Prose:
    seconds = sum(trial["seconds"] for record in records for trial in record["trials"])
    return words(
        "The trainings of this report took {all}, added up, and one variant {each} on average. "
        "They run side by side on as many cores as `--cores` allows.",
        all=duration_text(seconds),
        each=duration_text(seconds / len(records)),
    )


def states(records: Records) -> list[GitState]:
    """Return the states of the code that trained the networks, each once."""
    found = {tuple(map(str, state.values())): state for state in map(_state, records)}
    return [found[key] for key in sorted(found)]


def _state(record: dict[str, Any]) -> GitState:
    git = record["git"]
    return {
        "commit": str(git["commit"]),
        "dirty": str(git["dirty"]) == "True",
        # Records of older versions do not name the difference.
        "difference": str(git.get("difference", "")),
    }


def commits_table(trained: Mapping[str, dict[str, Any]]) -> list[Table]:
    """Return the table of which commit trained which variants; none if one trained them all.

    Args:
        trained: The records of all trainings, by the keys of their variants.
    """
    several = states([*trained.values()])
    if len(several) < 2:
        return []
    rows = [
        (_commit(state), joined(variant(key) for key in trained if _state(trained[key]) == state))
        for state in several
    ]
    caption = words("The commits of the code that trained the networks")
    return [table("commits", caption, ["Code", "Variants"], rows, "small")]


def commits_text(records: Records) -> Prose:
    """Say which commits trained the networks and wrote the report, and why they may differ."""
    trained, own = states(records), git_state()
    if not trained or trained == [{**own, "dirty": own["dirty"] is True}]:
        did = "trained the networks and wrote this report" if trained else "wrote this report"
        return words("{commit} {did}", commit=_commit((trained or [own])[0]), did=did)
    return words(
        "{trained} trained the networks; {own} wrote this report. They differ because a "
        "build trains a network again only if an edit concerns it: its code, its settings or its "
        "images. A checkout of the later commit gives the same results.{which}",
        trained=listed(map(_commit, trained)),
        which=words(" The section [Environment][environment] says which trained which.")
        if trained[1:]
        else Span(""),
        own=_commit(own),
    )


def _commit(state: GitState) -> Prose:
    """Name a commit, and the difference from it."""
    found = words("commit {commit}", commit=code(state["commit"][:COMMIT_DIGITS]))
    if state["dirty"] is not True:
        return found
    kept = f" (difference {state['difference']} in {DIFFERENCES})" if state["difference"] else ""
    return (*found, *text(f", with uncommitted changes{kept}"))
