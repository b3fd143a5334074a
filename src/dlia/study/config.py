"""The user's config.yaml, checked, with every default filled in."""

import contextlib
import json
import os
import re
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, Field, Tag
from pydantic_core import PydanticCustomError

from dlia.errors import UserError, listing
from dlia.study.block import EXACT, UNIQUE, Block, Name, Share, Text, by_type
from dlia.study.validate import FaultyError, parse
from dlia.study.yaml_files import load_yaml, own_or_project

# The settings that a workflow gave that imported dlia as a module; see ``keep_settings``.
_GIVEN = Path(".snakemake/dlia_settings.json")
ORIGIN = "config.yaml (or --config)"
NULLABLE = ("trials", "max_epochs")  # the paths of keys whose value may be null
AutoOrBool = Annotated[Literal["auto", True, False], EXACT]
MaxEpochs = Annotated[
    Annotated[int, Field(ge=1, le=100_000), Tag("number")]
    | Annotated[Literal["full"], Tag("word")],
    by_type({int: "number", str: "word"}, "whole_number_or_full"),
]


def _expanded(folder: str) -> str:
    path = os.path.expandvars(folder)
    try:
        if unknown := re.search(r"\$(\w+|\{\w+\})", path):
            raise RuntimeError(f"the variable {unknown[0]} is not set")
        return str(Path(path).expanduser())
    except RuntimeError as error:
        text = f"{folder!r}: {str(error).rstrip('.')}"
        raise PydanticCustomError("folder", text) from None


DataFolder = Annotated[Text, AfterValidator(_expanded)]
Format = Literal["html", "tex", "pdf"]
Studies = Annotated[list[Name], Field(min_length=1), UNIQUE]


class Margins(Block):
    """The largest difference at which a verdict counts two results as equal, by metric."""

    accuracy: Share = Field(0.003, description="As a share; 0.003 is 0.3 points.")
    dice: Share = Field(0.03, description="As a share.")
    ap: Share = Field(0.03, description="Of an average precision, as a share.")


class Report(Block):
    """A report: a document about one or more studies."""

    title: Text = Field(description="The title of the report.")
    course: str = Field("", description="The course that the report belongs to; may be empty.")
    author: str = Field("", description="The author of the report; may be empty.")
    studies: Studies = Field(
        description="The studies that it is about, in this order. It is built if all of them are "
        "asked for.",
    )


class Config(Block):
    """The keys of config.yaml. Each can also be set on the command line with --config."""

    studies: Studies = Field(
        ["mnist", "warwick", "signs", "lungs", "cifar", "brain", "wildlife", "aquarium"],
        description="The studies to build, by the name of their file in studies/.",
    )
    data_dir: DataFolder = Field(
        "data",
        description="The folder that holds the original archives of the courses; ~ and variables "
        "such as $HOME are replaced.",
    )
    standins: AutoOrBool = Field(
        "auto",
        description="Whether small synthetic archives (stand-ins) replace the real ones: auto "
        "(only if data_dir is the default and lacks the archive), true (always), "
        "false (never).",
    )
    seed: int = Field(
        2021,
        ge=0,
        description="The seed from which the seeds of all trainings are derived.",
    )
    trials: Annotated[int, Field(ge=1, le=100)] | None = Field(
        None,
        description="Number of trials of every variant; null keeps the number that each variant"
        " states, on stand-ins 1.",
    )
    max_epochs: MaxEpochs | None = Field(
        None,
        description="The most epochs that a variant trains; a variant that asks for more is "
        "shortened, and no claim is tested on it. full shortens none; null shortens only what "
        "is trained on stand-ins, as the study states (standin: max_epochs).",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        description="The device that trains the networks; auto uses a GPU if there is one.",
    )
    engine: Literal["auto", "loop", "stacked"] = Field(
        "auto",
        description="How the trials of a variant are trained: loop (each trial by itself; on a "
        "CPU as many in parallel as there are cores), stacked (all trials at once, "
        "as one network), or auto (loop, also on a GPU, until stacked has been "
        "verified on one).",
    )
    request_gpu: AutoOrBool = Field(
        "auto",
        description="Whether each training requests one GPU from Snakemake (resource gpu=1); "
        "auto requests it if this machine has one or if the jobs run on a cluster.",
    )
    everything: bool = Field(
        False,
        description="Whether a build without a GPU also trains the variants that need one; this"
        " may take days.",
    )
    readings: bool = Field(
        False,
        description="Whether the readings of assumed settings (assumed: {...: {because: ..., "
        "readings: [...]}} of a variant) are trained, too, each as a variant of its own. Then "
        "verdicts take them into account, and a claim about an open setting can be refuted.",
    )
    margins: Margins = Field(
        Margins(),
        description="The largest difference at which a verdict counts two results as equal, by "
        "metric; the margin of dice also holds for similar overlap measures. Edit "
        "it in config.yaml.",
    )
    reports: dict[Name, Report] = Field(
        {
            "assignment": Report(
                title="Deep Learning for Image Analysis, rebuilt", studies=["mnist", "warwick"]
            ),
            "advanced": Report(title="Advanced Deep Learning, rebuilt", studies=["signs", "lungs"]),
            "project": Report(
                title="Deep Learning, rebuilt",
                studies=["cifar", "brain", "wildlife", "aquarium"],
            ),
        },
        description="The reports, by name; results/reports/<name>.html is the page of one. A "
        "study that is in no report that is built gets a report of its own, with its name.",
    )
    formats: Annotated[list[Format], Field(min_length=1), UNIQUE] = Field(
        ["html", "tex"],
        description="The formats in which reports are written: html (one self-contained "
        "page), tex (a LaTeX document that you can edit; needs nothing installed), "
        "pdf (that document, typeset; needs latexmk and LuaLaTeX).",
    )


# Snakemake passes values from the command line as text: words (--config standins=true) and numbers
# within a block (--config 'margins={dice: 0.1}').
_WORDS = {"true": True, "false": False, "null": None, "none": None}


def resolve_config(config: dict[str, object], origin: str = ORIGIN) -> Config:
    """Check ``config`` and return it with every default filled in.

    Args:
        config: The content of config.yaml, with the values of --config in place.
        origin: Where the settings come from, in words.

    Raises:
        UserError: Lists every unknown key and every invalid value.
    """
    if "report" in config:
        raise UserError(f"{origin}: report: {_replacement(config['report'])}")
    try:
        return parse(Config, _normalised(config, Config), nullable=NULLABLE)
    except FaultyError as refused:
        lines = [f"{problem.path}: {problem.message}" for problem in refused.problems]
        raise UserError(f"{origin}:\n{listing(lines)}") from None


def _replacement(report: object) -> str:
    """Say what replaces the key ``report`` of older versions, with the values given there."""
    given = report if isinstance(report, dict) else {}
    name, default = next(iter(Config().reports.items()))
    own = {key: given[key] for key in ("title", "course", "author") if key in given}
    new = {"formats": given["formats"]} if "formats" in given else {}
    if own or not new:
        new["reports"] = {name: default.model_dump() | own}
    text = yaml.safe_dump(new, sort_keys=False, default_flow_style=None, width=10_000)
    return f"is now two keys, reports and formats; replace it by\n{text.rstrip()}"


def with_texts(config: dict[str, object], written: dict[str, object]) -> dict[str, object]:
    """Return Snakemake's ``config`` with the texts that it took for numbers, such as 02456.

    Args:
        config: config.yaml as Snakemake reads it, with the values of --config in place.
        written: config.yaml as ``load_yaml`` reads it.
    """
    texts: dict[str, object] = {}
    for key, text in written.items():
        value = config.get(key)
        if isinstance(value, dict) and isinstance(text, dict):
            texts[key] = with_texts(value, text)
        elif isinstance(text, str) and not isinstance(value, str) and _misread(text) == value:
            texts[key] = text
    return {**config, **texts}


def _misread(text: str) -> object:
    with contextlib.suppress(ValueError, yaml.YAMLError):  # ValueError: a date such as 2021-13-45
        return yaml.safe_load(text)
    return text


def load_config(root: Path) -> Config:
    """Return the settings of the builds in the folder ``root``, without those of --config.

    They come from config.yaml in ``root``, or in the project if there is none. Where dlia was last
    built as a module of another workflow, they are those that this workflow gave.
    """
    with contextlib.suppress(OSError, ValueError):
        return Config.model_validate(json.loads((root / _GIVEN).read_text(encoding="utf-8")))
    path = own_or_project("config.yaml", root)
    return resolve_config(load_yaml(path, "config.yaml" if path.parent == root else None))


def keep_settings(given: Config | None) -> None:
    """Keep the settings of a module statement, which the commands cannot know otherwise.

    Args:
        given: The settings; None if dlia is not built as a module, which removes kept ones.
    """
    with contextlib.suppress(OSError):  # Only the commands need them.
        if given is None:
            _GIVEN.unlink(missing_ok=True)
        else:
            _GIVEN.parent.mkdir(exist_ok=True)
            _GIVEN.write_text(given.model_dump_json(), encoding="utf-8")


def config_with(words: list[str], root: Path) -> dict[str, object]:
    """Lay ``words`` (KEY=VALUE) over the config.yaml in ``root``, as Snakemake's --config does."""
    config: dict[str, object] = load_config(root).model_dump()
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise UserError(f"--config {word}: write KEY=VALUE, such as trials=1")
        try:
            config[key] = yaml.safe_load(value)
        except (ValueError, yaml.YAMLError) as error:  # ValueError: a date such as 2021-13-45
            said = " ".join(str(error).split())
            raise UserError(f"--config {word}: not valid YAML: {said}") from None
    return config


def _normalised(config: dict[str, object], kind: type[Block]) -> dict[str, object]:
    """Convert text to the value that it stands for (true, null, 0.1), unless text is expected."""
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
