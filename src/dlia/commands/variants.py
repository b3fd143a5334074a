"""``python -m dlia variants``: lists variants, and all settings of one with their origins."""

import argparse
from pathlib import Path

from dlia.errors import UserError
from dlia.formatting import setting_text, table_text
from dlia.study.config import load_config
from dlia.study.load import all_variants
from dlia.study.messages import suggestion
from dlia.study.model import Variant
from dlia.tasks.studies import load_studies


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of ``python -m dlia``."""
    parser = commands.add_parser("variants", help="list all variants, or all settings of one")
    parser.add_argument("variant", nargs="?", help="exercise/variant, such as ex2_1/baseline_2024")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the table of all variants, or all hyperparameters of one."""
    root = Path.cwd()
    variants = all_variants(load_studies(load_config(root).studies, root))
    if arguments.variant is None:
        print(overview(list(variants.values())))
    elif arguments.variant in variants:
        print(details(variants[arguments.variant]))
    else:
        hint = suggestion(arguments.variant, list(variants))
        raise UserError(f"{arguments.variant}: no such variant{hint}")


def overview(variants: list[Variant]) -> str:
    """Return a table with one line per variant."""
    rows = [
        [
            v.key,
            f"same as {v.same_as}" if v.same_as else v.base,
            v.settings.model.name,
            f"{v.settings.optimizer.name} {v.settings.optimizer.learning_rate:g}",
            v.settings.batch_size,
            v.settings.epochs,
            v.settings.trials,
            ", ".join(f"{metric} {value.text}" for metric, value in v.reported.items()),
            len(v.assumed),
        ]
        for v in variants
    ]
    headers = [
        "variant",
        "base",
        "model",
        "optimizer",
        "batch",
        "epochs",
        "trials",
        "reported",
        "assumed",
    ]
    return table_text(rows, headers)


def details(variant: Variant) -> str:
    """Return all hyperparameters of a variant with their origins, and its assumptions."""
    rows = [
        [leaf.path, setting_text(leaf.value), str(variant.origins[leaf.path]), leaf.description]
        for leaf in variant.settings.leaves()
    ]
    table = table_text(
        rows, ["setting", "value", "origin", "meaning"], widths=[None, None, None, 60]
    )
    facts = [
        ("Source", variant.source),
        ("Base", variant.base),
        ("Same as", variant.same_as),
        ("Reported", ", ".join(f"{m} {r.text}" for m, r in variant.reported.items())),
        ("Comment", variant.comment),
    ]
    lines = [variant.key, *(f"{name}: {text}" for name, text in facts if text), "", table]
    if variant.assumed:
        lines += ["", "Assumed, because the source does not report them:"]
        lines += [f"  {path}: {reason}" for path, reason in variant.assumed.items()]
    return "\n".join(lines)
