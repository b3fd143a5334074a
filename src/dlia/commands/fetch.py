"""``dlia fetch``: fetches the archive of a study, or says whom to ask for it."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from dlia.data.choice import DEFAULT_FOLDER
from dlia.data.fetching import check_room, fetch_file, is_file
from dlia.errors import UserError, listing
from dlia.study.config import config_with, load_config, resolve_config
from dlia.study.data_block import Data
from dlia.study.download import DownloadFile
from dlia.study.yaml_files import ROOT, own_or_project
from dlia.tasks.studies import load_studies

_HERE = "there already"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of ``dlia``."""
    parser = commands.add_parser(
        "fetch",
        help="fetch the archive of a study into data_dir",
        description="Shows the terms of a study's data, fetches its files into data_dir, and\n"
        "checks them. What was interrupted goes on where it ended. Where the terms\n"
        "forbid to fetch the files, it says whom to ask for them.",
        epilog="example: %(prog)s mnist",
    )
    study = parser.add_argument("study", help="the name of a file in studies/, such as mnist")
    study.completer = _names  # type: ignore[attr-defined] # of argcomplete
    parser.add_argument(
        "--mirror",
        metavar="URL",
        help="an address that has the files, tried before those of the study",
    )
    parser.add_argument(
        "--config", nargs="*", default=[], metavar="KEY=VALUE", help="as Snakemake takes it"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Fetch what is missing, file by file.

    Raises:
        UserError: The study names no files, they are not to be had, or another file has the name
            of one.
    """
    root = Path.cwd()
    config = resolve_config(config_with(arguments.config, root))
    (study,) = load_studies([arguments.study], root).values()
    data, given = study.data, config.data_dir
    folder = own_or_project(given, Path()) if given == DEFAULT_FOLDER else Path(given)
    print(f"{study.title}\n  terms: {data.terms or 'not stated in the study'}")
    print(f"  citation: {data.citation or 'not stated in the study'}", flush=True)
    if (folder / data.archive).exists():
        print(f"dlia: {folder / data.archive}: {_HERE}")
        return
    files = _from_mirror(data, arguments.mirror)
    if not files:
        raise UserError(_refusal(arguments.study, data, folder))
    names = [file.filename for file in files]
    # Files that lie in data_dir itself get the others beside them.
    beside = names == [data.archive] or any((folder / name).exists() for name in names)
    place = folder if beside else folder / _stem(data)
    missing = list(_missing(files, place, data))
    is_new = not place.exists()
    place.mkdir(parents=True, exist_ok=True)
    try:
        check_room(missing, place)
        with _shown(missing) as shown:
            for file in missing:
                fetch_file(file, place / file.filename, shown(file))
    finally:
        with suppress(OSError):  # it has a file
            if is_new:
                place.rmdir()
    print(f"dlia: {place}: complete; make builds from it")


def _from_mirror(data: Data, mirror: str | None) -> list[DownloadFile]:
    """Return the files of a data set, with an address of the user's as the first of each."""
    files = data.download.files if data.download else []
    if mirror is None:
        return files
    if not mirror.startswith(("http://", "https://")):
        raise UserError(f"--mirror {mirror}: must begin with http:// or https://")
    return [
        f.model_copy(update={"urls": [f"{mirror.rstrip('/')}/{f.filename}", *f.urls]})
        for f in files
    ]


def _missing(files: Sequence[DownloadFile], place: Path, data: Data) -> Iterator[DownloadFile]:
    """Yield the files that are not there; raises UserError if there is anything else."""
    known = {file.filename for file in files}
    if place.name == _stem(data) and place.is_dir():
        others = {p.name for p in place.iterdir() if not p.name.startswith(".")} - known
        if others:
            raise UserError(
                f"{place}: holds other files:\n{listing(sorted(others))}\nIf they are the data, "
                "build from them; otherwise move them away."
            )
    for file in files:
        target = place / file.filename
        if not target.exists():
            yield file
        elif is_file(target, file):
            print(f"dlia: {target}: {_HERE}")
        else:
            kind, digits = file.checksum
            raise UserError(
                f"{target}: is another file than the study names ({file.bytes} bytes, {kind} "
                f"{digits}); move it away, and it is fetched"
            )


def _refusal(name: str, data: Data, folder: Path) -> str:
    """Say why nothing can be fetched, and where the archive is put by hand."""
    if data.download and data.download.ask:
        why = f"is not fetched by a program; ask for it: {data.download.ask}"
    else:
        why = f"studies/{name}.yaml does not say where it can be fetched (data: download)"
    said = [f"{data.archive}: {why}", f"Put it into {folder}, and make builds from it."]
    if data.forms:
        said.append(f"In its place, one of these may lie in {folder / _stem(data)}:")
        said += [f"  {form.title} ({', '.join(form.files)})" for form in data.forms]
    return "\n".join(said)


def _stem(data: Data) -> str:
    return Path(data.archive).stem


@contextmanager
def _shown(
    files: Sequence[DownloadFile],
) -> Iterator[Callable[[DownloadFile], Callable[[int], None]]]:
    """Show a bar for each file on a terminal; otherwise a line when it begins."""
    console = Console()
    if not console.is_terminal:

        def said(file: DownloadFile) -> Callable[[int], None]:
            print(f"dlia: fetching {file.filename} ({file.bytes:,} bytes)", flush=True)
            return lambda _: None

        yield said
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(True))
    with Progress(*columns, TimeRemainingColumn(), console=console) as bars:
        tasks = {f.filename: bars.add_task(f.filename, total=f.bytes) for f in files}
        yield lambda file: lambda done: bars.update(tasks[file.filename], completed=done)


def _names(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """Return the studies, for the shell to complete."""
    folder = Path(parsed_args.directory)
    there = {path.stem for root in (folder, ROOT) for path in root.glob("studies/*.yaml")}
    return sorted(there.union(load_config(folder).studies))
