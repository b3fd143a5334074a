"""Whether a job's code is still the code that its build was planned with."""

from pathlib import Path

from dlia.errors import UserError
from dlia.runtime.build_record import RECORD, read_record
from dlia.runtime.code_digest import code_digest, source_state
from dlia.runtime.locks import held


def check_code(log: str) -> None:
    """Refuse to begin a job whose code was edited after its build was planned.

    Snakemake notes a job's result as one of the planned code. A job that runs another code would
    be taken for up to date as soon as the edit is undone.

    Args:
        log: The job's log, by which it is found in the record of the build.

    Raises:
        UserError: The code differs.
    """
    record = read_record()
    if record is None or not held(RECORD):  # no build runs here
        return
    planned = next((job for job in record["jobs"] if job["log"] == log and "code" in job), None)
    if planned is None:
        return
    script, *modules = planned["made_of"]
    # To look at the times of files takes 2 ms, to parse them a hundred times as long.
    if source_state(Path(script).parent) == record["source"]:
        return
    if code_digest(script, *modules) != planned["code"]:
        raise UserError(
            "the code of this step was edited after the build was planned; run the same command "
            "again: what is finished stays, and this step runs with the new code"
        )
