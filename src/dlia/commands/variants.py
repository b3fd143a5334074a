"""``dlia variants``: lists variants, and all settings of one with their origins."""

import argparse
import textwrap
from pathlib import Path

from dlia.errors import UserError
from dlia.formatting import table_text
from dlia.plan.plan import Plan
from dlia.runtime.terminal import columns
from dlia.study.config import config_with, load_config
from dlia.study.load import all_tested, all_variants
from dlia.study.messages import suggestion
from dlia.study.model import Exercise, Variant
from dlia.tasks.studies import load_studies

# Columns of the overview that a narrow terminal does not show, the least important first.
_OPTIONAL = ("assumed", "trials", "batch", "model", "optimizer", "epochs", "base", "reported")
_ENDLESS = 1000  # columns of a file or a pipe
_MEANING = 60  # columns for the meanings of settings


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of ``dlia``."""
    parser = commands.add_parser(
        "variants",
        help="list all variants, or all settings of one",
        description="Lists all variants, or all settings of one with their origins and meanings.",
        epilog="example: %(prog)s ex1_2/sgd",
    )
    variant = parser.add_argument(
        "variant", nargs="?", help="exercise/variant, such as ex2_1/baseline_2024"
    )
    variant.completer = _names  # type: ignore[attr-defined] # of argcomplete
    parser.add_argument(
        "--config", nargs="*", default=[], metavar="KEY=VALUE", help="as Snakemake takes it"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the table of all variants, or all hyperparameters of one."""
    root = Path.cwd()
    # The build's own variants: how many epochs they train depends on the archives.
    plan = Plan.read(config_with(arguments.config, root), root)
    variants = {v.key: v for e in _exercises(plan) for v in all_tested(e)}
    width = columns(_ENDLESS)
    if arguments.variant is None:
        listed = (
            [v for exercise in study.exercises.values() for v in plan.tested(exercise)]
            for study in plan.whole.values()
        )
        print("\n\n".join(overview(variants, width) for variants in listed))
        print("\nTo see all settings of one: dlia variants EXERCISE/VARIANT")
    elif arguments.variant in variants:
        print(details(variants[arguments.variant], width))
    else:
        hint = suggestion(arguments.variant, list(variants))
        raise UserError(f"{arguments.variant}: no such variant{hint}")


def _exercises(plan: Plan) -> list[Exercise]:
    return [exercise for study in plan.whole.values() for exercise in study.exercises.values()]


def _names(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """Return the keys of all variants, for the shell to complete."""
    folder = Path(parsed_args.directory)
    return list(all_variants(load_studies(load_config(folder).studies, folder)))


def overview(variants: list[Variant], width: int = _ENDLESS) -> str:
    """Return a table with one line per variant, without some columns if ``width`` is too small."""
    rows = [
        {
            "variant": v.key,
            "base": _built_on(v),
            "model": v.settings.model.name,
            "optimizer": f"{v.settings.optimizer.name} {v.settings.optimizer.learning_rate:g}",
            "batch": v.settings.batch_size,
            "epochs": v.text("epochs", v.settings.epochs),
            "trials": v.text("trials", v.settings.trials),
            # Of several values the first; the settings of one variant name all.
            "reported": next(iter(v.reported_texts), ""),
            "assumed": len(v.assumed),
        }
        for v in variants
    ]
    headers = list(rows[0]) if rows else []
    left_out: list[str] = []
    for name in ("", *_OPTIONAL):
        if name:
            left_out.append(name)
        shown = [header for header in headers if header not in left_out]
        table = table_text([[row[header] for header in shown] for row in rows], shown)
        if max(map(len, table.splitlines()), default=0) <= width:
            break
    if not left_out:
        return table
    note = textwrap.fill(f"Not shown in {width} columns: {', '.join(left_out)}.", width)
    return f"{table}\n{note}"


def _built_on(variant: Variant) -> str:
    if variant.same_as:
        return f"same as {variant.same_as}"
    return f"weights of {variant.weights_of}" if variant.weights_of else variant.base


def details(variant: Variant, width: int = _ENDLESS) -> str:
    """Return all hyperparameters of a variant with their origins, and its assumptions."""
    leaves = list(variant.settings.leaves())
    rows = [[x.path, variant.text(x.path, x.value), str(variant.origins[x.path])] for x in leaves]
    headers = ["setting", "value", "origin"]
    wide = table_text(
        [[*row, x.description] for row, x in zip(rows, leaves, strict=True)],
        [*headers, "meaning"],
        widths=[None, None, None, _MEANING],
    )
    facts = [
        ("Source", variant.source),
        ("Base", variant.base),
        ("Same as", variant.same_as),
        ("Weights of", "" if variant.same_as else variant.weights_of),
        ("Reported", ", ".join(variant.reported_texts)),
        ("Comment", variant.comment),
    ]
    lines = [_wrapped(f"{name}: {text}", width) for name, text in facts if text]
    lines = [variant.key, *lines, ""]
    if max(map(len, wide.splitlines())) <= width:
        lines.append(wide)
    else:  # Each meaning below its setting.
        table = table_text(rows, headers).splitlines()
        head, rule, *settings = (line.removeprefix(" ") for line in table)
        lines += [head, rule]
        for setting, leaf in zip(settings, leaves, strict=True):
            lines += [setting, textwrap.indent(_wrapped(leaf.description, width - 4), "    ")]
    if variant.readings:
        lines += ["", "Readings, each a variant of its own with --config readings=true:"]
        lines += [
            textwrap.indent(_wrapped(f"{reading.variant.key}: {reading.words}", width - 2), "  ")
            for reading in variant.readings
        ]
    if variant.assumed:
        lines += ["", "Assumed, because the source does not report them:"]
        lines += [
            textwrap.indent(_wrapped(f"{path}: {reason}", width - 2), "  ")
            for path, reason in variant.assumed.items()
        ]
    return "\n".join(lines)


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, subsequent_indent="  ")
