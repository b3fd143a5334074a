"""Whether an archive that replaces another can be used, before anything is deleted."""

import json
from pathlib import Path

from dlia.errors import UserError
from dlia.plan.plan import Plan
from dlia.study.model import Study
from dlia.study.origins import REAL


def fault_of_replacement(plan: Plan, study: Study) -> str:
    """Decode an archive that replaces one that was unpacked; return why it cannot be used, or "".

    Snakemake deletes the arrays of the old archive before the job starts that reads the new one.
    Where nothing was unpacked, nothing is checked: that job says what is wrong.
    """
    choice, folder = plan.archives[study.name], Path(f"results/data/{study.name}")
    try:
        former = json.loads((folder / "source.json").read_text(encoding="utf-8"))["contents"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if choice.kind != REAL or former == plan.facts[study.name].contents:
        return ""
    try:
        # A late import: most starts of Snakemake do not need NumPy and pandas.
        from dlia.data.unpack import Layout, decode
    except ModuleNotFoundError:
        return ""  # jobs have an environment of their own
    try:
        decode(Path(choice.path), Layout.of(plan.layout(study)), choice.files)
    except UserError as error:
        return f"{error}\nNothing was changed: {folder} is still what it was."
    return ""
