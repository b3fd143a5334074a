"""What would stop every job of a build, found before the first one starts."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from dlia.errors import UserError, listing

_WRITTEN = ("results", "checkpoints", "logs")
_LONGEST = 3500  # bytes of a path; Linux allows 4096, and the longest names below take 300
_LEAST = 50  # MiB of free disk


def check_folder(folder: Path, checkout: Path) -> None:
    """Check the folder of a build, and the path of the checkout.

    Raises:
        UserError: Jobs could not run there; the message lists every reason.
    """
    if reasons := [*_of_paths(folder, checkout), *_of_permissions(folder), *_of_the_disk(folder)]:
        raise UserError(reasons[0] if len(reasons) == 1 else f"no job can run:\n{listing(reasons)}")


def _of_paths(folder: Path, checkout: Path) -> Iterator[str]:
    if set(str(checkout)) & set(":{}\n"):
        yield (
            f"{checkout}: Python and Snakemake cannot work in a folder with : or {{ or }} or a "
            "line break in its path; rename or move it"
        )
    if len(os.fsencode(folder.absolute())) > _LONGEST:
        yield "the path of this folder is too long; move it"


def _of_permissions(folder: Path) -> Iterator[str]:
    owners = {}
    for path in _written(folder):
        if not os.access(path, os.W_OK):
            with suppress(FileNotFoundError):  # removed meanwhile, as by another build
                owners[str(path.relative_to(folder))] = path.stat().st_uid
    if not owners:
        return
    names = owners.keys()
    shown = str(folder.absolute()) if names == {"."} else ", ".join(sorted(names)[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    remedy = "fix the permissions or use a writable copy"
    if any(owner != os.getuid() for owner in owners.values()):
        remedy = (
            "belongs to another user (after sudo, for example); run "
            "sudo chown -R $(id -u) . in this folder, or use a copy of your own"
        )
    yield f"{shown}{more}: not writable; {remedy}"


def _written(folder: Path) -> Iterator[Path]:
    """Yield the folders and files that a build writes, as far as they exist."""
    yield folder
    records = folder / ".snakemake"
    if records.is_dir():
        yield records
        # Without the folders below, such as conda environments, that may hold many files.
        yield from (path for path in records.iterdir() if path.is_dir())
        yield from (path for path in (records / "metadata").rglob("*") if path.is_file())
    for name in _WRITTEN:
        yield from (Path(found) for found, _, _ in os.walk(folder / name))


def _of_the_disk(folder: Path) -> Iterator[str]:
    free = shutil.disk_usage(folder).free / 2**20
    if free < _LEAST:
        yield f"the disk of {folder.absolute()} has {free:.0f} MiB left; free some space"
