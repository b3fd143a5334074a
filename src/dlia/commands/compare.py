"""``dlia compare``: says which numbers and verdicts of two builds differ.

A number is the mean over the trials of a variant. Numbers of two builds are

- equal, if all their trials have the same values;
- within the spread of trials, if the mean of one build lies in the 95 % prediction interval of the
  other (that of the build with more trials; of either, if both have as many);
- different otherwise, also if neither has two trials, so that their spread is not known;
- not comparable, if they rest on other data or were trained for another number of epochs.

Verdicts count as changed only if both builds tested the claim with enough trials.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlia.errors import UserError
from dlia.evaluation.statistics import prediction_interval
from dlia.formatting import significant, table_text

EQUAL, WITHIN, DIFFERENT = "equal", "within the spread of trials", "different"
NOT_COMPARABLE = "not comparable"
_COUNTED = (EQUAL, WITHIN, NOT_COMPARABLE, DIFFERENT)
_LISTED = (DIFFERENT, WITHIN, NOT_COMPARABLE)
# The exit status, as that of diff.
_SAME, _OTHER, _TROUBLE = 0, 1, 2
_Key = tuple[str, ...]


@dataclass(frozen=True)
class MeanOfTrials:
    """A number of a build.

    Attributes:
        mean: Its mean over the trials, or the number itself if nothing was trained.
        values: Its value in each trial; none if nothing was trained.
        basis: What it rests on: data and number of epochs.
    """

    mean: float
    values: tuple[float, ...]
    basis: str


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of ``dlia``."""
    parser = commands.add_parser(
        "compare",
        help="compare the numbers and verdicts of two builds",
        description="Says which numbers of two builds are equal, within the spread of trials,\n"
        "or different, and which verdicts changed. A build may be a folder of its\n"
        "tables alone, such as docs/reference/warwick.\n\n"
        "exit status: 0 if nothing differs by more than the spread of trials and no\n"
        "verdict changed, 1 if something does, 2 if there is nothing to compare",
        epilog="example: %(prog)s results docs/reference/warwick",
    )
    parser.add_argument("first", type=Path, help="the folder with the results of a build")
    parser.add_argument("second", type=Path, help="that of another one")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; return the exit status."""
    folders = (arguments.first, arguments.second)
    try:
        numbers = [_numbers(folder) for folder in folders]
        verdicts = [_verdicts(folder) for folder in folders]
    except UserError as error:
        print(f"dlia: {error}", flush=True)
        return _TROUBLE
    found = {
        key: relation(number, numbers[1][key])
        for key, number in numbers[0].items()
        if key in numbers[1]
    }
    shared = verdicts[0].keys() & verdicts[1].keys()
    if not found and not shared:
        print(f"dlia: {folders[0]} and {folders[1]} have no number and no verdict in common")
        return _TROUBLE
    _print_numbers(found, numbers, folders)
    judged = {key for key in shared if all(map(_is_judged, (each[key] for each in verdicts)))}
    changed = sorted(key for key in judged if verdicts[0][key] != verdicts[1][key])
    same, untested = len(judged) - len(changed), len(shared) - len(judged)
    few = "not tested in a build, or with too few trials"
    print(f"\nverdicts: {same} the same, {untested} {few}, {len(changed)} changed")
    if changed:
        rows = [("/".join(key), *(each[key] for each in verdicts)) for key in changed]
        print("\n" + table_text(rows, ("claim", *map(str, folders))))
    for number, folder in enumerate(folders):
        alone = [len(read[number].keys() - read[1 - number].keys()) for read in (numbers, verdicts)]
        if any(alone):
            print(f"\nonly in {folder}: {alone[0]} numbers, {alone[1]} verdicts")
    if not judged and not {*found.values()} - {NOT_COMPARABLE}:
        print("\ndlia: there is nothing to compare in these builds")
        return _TROUBLE
    return _OTHER if changed or DIFFERENT in found.values() else _SAME


def relation(first: MeanOfTrials, second: MeanOfTrials) -> str:
    """Say how two numbers compare; the docstring of this module has the rules."""
    if first.basis != second.basis:
        return NOT_COMPARABLE
    if (first.mean, first.values) == (second.mean, second.values):
        return EQUAL
    ordered = sorted((first, second), key=lambda number: -len(number.values))
    pairs = [(ordered[0], ordered[1])]
    if len(first.values) == len(second.values):
        pairs.append((ordered[1], ordered[0]))
    return WITHIN if any(_falls_in(mean, of) for of, mean in pairs) else DIFFERENT


def _is_judged(verdict: str) -> bool:
    return not verdict.startswith("not tested") and "too few trials" not in verdict


def _falls_in(number: MeanOfTrials, of: MeanOfTrials) -> bool:
    if len(of.values) < 2 or not number.values:
        return False
    interval = prediction_interval(np.array(of.values), runs=len(number.values))
    return interval is not None and interval.low <= number.mean <= interval.high


def _print_numbers(
    found: dict[_Key, str], numbers: Sequence[dict[_Key, MeanOfTrials]], folders: Sequence[Path]
) -> None:
    counts = Counter(found.values())
    print("numbers: " + ", ".join(f"{counts[result]} {result}" for result in _COUNTED))
    listed = sorted((key for key in found if found[key] != EQUAL), key=_by_result(found))
    rows = []
    for key in listed:
        first, second = numbers[0][key], numbers[1][key]
        if found[key] == NOT_COMPARABLE:
            shown = (first.basis, second.basis, "")
        else:
            gap = f"{second.mean - first.mean:+.2g}"
            shown = (*_told_apart(first.mean, second.mean), gap)
        rows.append((f"{key[0]}/{key[1]}", key[2], *shown, found[key]))
    if rows:
        names = [str(folder) for folder in folders]
        print("\n" + table_text(rows, ("variant", "metric", *names, "second - first", "")))


def _told_apart(first: float, second: float) -> tuple[str, str]:
    """Write two means with as many digits as it takes to tell them apart."""
    for digits in range(3, 9):
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if texts[0] != texts[1]:
            return texts
    return significant(first), significant(second)


def _by_result(found: dict[_Key, str]) -> Callable[[_Key], tuple[int, _Key]]:
    return lambda key: (_LISTED.index(found[key]), key)


def _numbers(folder: Path) -> dict[_Key, MeanOfTrials]:
    """Read the numbers of a build, by exercise, variant and metric.

    Raises:
        UserError: There is no such folder, or no table of a build in it.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; name one with the results of a build")
    found: dict[_Key, MeanOfTrials] = {}
    for file in (*folder.glob("*/summary.csv"), *folder.glob("*_summary.csv")):
        whole = file.name == "summary.csv"
        exercise = file.parent.name if whole else file.name.removesuffix("_summary.csv")
        for row in _rows(file, ("variant", "metric", "mean", "values", "data", "epochs")):
            try:
                number = MeanOfTrials(float(row["mean"]), _trials(row["values"]), _basis(row))
            except ValueError:  # a reason why there is none
                continue
            if not np.isfinite([number.mean, *number.values]).all():
                named = f"{row['metric']} of {row['variant']}"
                raise UserError(f"{file}: {named} is not finite; take a complete copy")
            found[exercise, row["variant"], row["metric"]] = number
    if not found and not (folder / "claims.csv").is_file():
        raise UserError(
            f"{folder}: has neither summary.csv of an exercise nor claims.csv; name the folder "
            "results of a build, or a copy of its tables"
        )
    return found


def _trials(values: str) -> tuple[float, ...]:
    try:
        return tuple(map(float, values.split()))
    except ValueError:  # of what was not trained
        return ()


def _basis(row: dict[str, str]) -> str:
    return row["data"] if not row["epochs"][:1].isdigit() else f"{row['data']}, {row['epochs']} ep."


def _verdicts(folder: Path) -> dict[_Key, str]:
    """Read the verdicts of a build, by study and claim; none if it has no table of them."""
    file = folder / "claims.csv"
    if not file.is_file():
        return {}
    rows = _rows(file, ("study", "claim", "verdict"))
    return {(row["study"], row["claim"]): row["verdict"] for row in rows}


def _rows(file: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """Read a table; raises UserError if it lacks a column, is cut off in a row or is no table."""
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            table = csv.DictReader(stream, strict=True)
            heads = table.fieldnames or []
            rows = list(table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{file}: cannot be read as a table: {error}") from None
    if lacking := [column for column in columns if column not in heads]:
        raise UserError(f"{file}: has no column {lacking[0]}; take a complete copy")
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            raise UserError(f"{file}: row {number} has not {len(heads)} values; is it cut off?")
    return rows
