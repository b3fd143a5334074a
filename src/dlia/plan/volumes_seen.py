"""What networks see of the volumes of a study, counted once for each state of its archive."""

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dlia.data.choice import ArchiveFacts, Choice
from dlia.errors import UserError
from dlia.runtime.files import write_json
from dlia.study.data_block import Data
from dlia.study.origins import STANDIN
from dlia.study.resource_estimate import Seen
from dlia.study.settings import Sampling

_CACHE = Path(".snakemake/volumes_seen.json")


def volumes_seen(
    data: Data,
    choice: Choice,
    facts: ArchiveFacts,
    layout: dict[str, Any],
    rules: Sequence[Sampling | None],
) -> list[Seen] | None:
    """Count what networks see, one count for each of the sampling ``rules``.

    Counts are kept in a file, because the patches of an archive take seconds to count and its
    workflow is read for every job.

    Args:
        data: The data of the study.
        choice: Its archive; a stand-in is drawn into a temporary file.
        facts: What is known of the archive.
        layout: How it is unpacked, as ``Plan.layout`` gives it.
        rules: ``sampling`` blocks; None for whole slices.

    Returns:
        None if the archive cannot be read; unpacking it says why.
    """
    drawn = data.drawn() if choice.kind == STANDIN else {}
    wanted = [rule and rule.plain() for rule in rules]
    key = hashlib.sha256(
        json.dumps([facts.contents, drawn, layout, wanted], sort_keys=True).encode()
    ).hexdigest()
    known: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(_CACHE.read_text(encoding="utf-8"))
    if key in known:
        return [Seen(*counts) for counts in known[key]]
    # Late imports: few starts of Snakemake need NumPy.
    try:
        from dlia.data.seen import count_seen
        from dlia.data.standins import draw
        from dlia.data.unpack import Layout

        with tempfile.TemporaryDirectory() as folder:
            path = Path(choice.path)
            if choice.kind == STANDIN:
                path = Path(folder) / data.archive
                draw(archive=path, **data.drawn())  # type: ignore[arg-type]
            found = count_seen(path, Layout.of(layout), rules, choice.files)
    except (UserError, OSError, ModuleNotFoundError):
        return None
    with contextlib.suppress(OSError):  # such as in a checkout that is only read
        write_json(_CACHE, known | {key: [list(seen) for seen in found]})
    return found
