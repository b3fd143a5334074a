"""The user's config.yaml, checked, with every default filled in."""

import contextlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from dlia.errors import UserError, listing
from dlia.study.block import EXACT, UNIQUE, Block, Name, Share, Text
from dlia.study.validate import FaultyError, parse
from dlia.study.yaml_files import load_yaml

NULLABLE = ("trials",)  # the paths of keys whose value may be null
AutoOrBool = Annotated[Literal["auto", True, False], EXACT]


class Margins(Block):
    """How near two results have to be to count as the same in a verdict, by metric."""

    accuracy: Share = Field(0.003, description="As a share; 0.003 is 0.3 points.")
    dice: Share = Field(0.03, description="As a share.")


class Report(Block):
    """The report's title page and formats."""

    title: Text = Field(
        "Deep Learning for Image Analysis, rebuilt", description="The title of the report."
    )
    course: str = Field("", description="The course that the report belongs to; may be empty.")
    author: str = Field("", description="The person who hands it in; may be empty.")
    formats: Annotated[list[Literal["html", "tex", "pdf"]], Field(min_length=1), UNIQUE] = Field(
        ["html", "tex"],
        description="The formats in which the report is written: html (one page that needs nothing "
        "else), tex (a LaTeX document to go on writing in; needs nothing installed), pdf (that "
        "document, typeset; needs latexmk and LuaLaTeX).",
    )


class Config(Block):
    """What a user edits. Every key can also be given on the command line, after --config."""

    studies: Annotated[list[Name], Field(min_length=1), UNIQUE] = Field(
        ["mnist", "warwick"],
        description="The studies to build, by the name of their file in studies/.",
    )
    data_dir: Text = Field(
        "data", description="The folder that holds the archives as the courses hand them out."
    )
    standins: AutoOrBool = Field(
        "auto",
        description="Whether small drawn archives take the place of the real ones: auto (only "
        "while data_dir is the default and holds no such archive), true (always), false (never).",
    )
    seed: int = Field(
        2021, ge=0, description="The number that all random draws of all trainings derive from."
    )
    trials: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None, description="Trainings of every variant; null leaves the number to each variant."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where the networks are trained; auto takes a GPU when there is one."
    )
    engine: Literal["auto", "loop", "stacked"] = Field(
        "auto",
        description="What trains the networks: loop, one trial after another (on a CPU as many at "
        "a time as there are cores), or stacked, all trials of a variant as one network; auto "
        "takes loop, on a GPU too, until stacked has been verified on one.",
    )
    request_gpu: AutoOrBool = Field(
        "auto",
        description="Whether each training asks Snakemake for one GPU (resource gpu=1); auto does "
        "when this machine has one or when the jobs go to a cluster.",
    )
    everything: bool = Field(
        False,
        description="Whether a build without a GPU trains the variants that need one, too; it may "
        "take days.",
    )
    margins: Margins = Field(
        Margins(),
        description="How near two results have to be to count as the same in a verdict, by metric; "
        "Dice's holds for all that is like it. To be edited in config.yaml.",
    )
    report: Report = Field(Report(), description="The report's title page and formats.")


# From the command line (--config standins=true, --config 'margins={dice: 0.1}') words and numbers
# within a block arrive as text.
_WORDS = {"true": True, "false": False, "null": None, "none": None}


def resolve_config(config: dict[str, object]) -> Config:
    """Check ``config`` and give it with every default filled in.

    Raises:
        UserError: Lists every unknown key and every value that is refused.
    """
    try:
        return parse(Config, _normalised(config, Config), nullable=NULLABLE)
    except FaultyError as refused:
        lines = [f"{problem.path}: {problem.message}" for problem in refused.problems]
        raise UserError(f"config.yaml (or --config):\n{listing(lines)}") from None


def load_config(root: Path) -> Config:
    """Read and resolve the config.yaml in the folder ``root``."""
    path = root / "config.yaml"
    if not path.is_file():
        raise UserError(f"config.yaml: not in {root}; run this in the folder of the project")
    return resolve_config(load_yaml(path, shown="config.yaml"))


def _normalised(config: dict[str, object], kind: type[Block]) -> dict[str, object]:
    """Take text for the word or the number that it stands for, where no text is wanted."""
    normalised = {}
    for key, value in config.items():
        field = kind.model_fields.get(key)
        wanted = field.annotation if field else None
        if isinstance(value, dict) and isinstance(wanted, type) and issubclass(wanted, Block):
            value = _normalised(value, wanted)
        elif isinstance(value, str) and wanted is float:
            with contextlib.suppress(ValueError):
                value = float(value)
        elif isinstance(value, str) and wanted is not str:
            value = _WORDS.get(value.lower(), value)
        normalised[key] = value
    return normalised
