"""Checks that a job's code has not changed since its build was planned."""

from pathlib import Path

from dlia.errors import UserError
from dlia.runtime.build_record import RECORD, read_record
from dlia.runtime.code_digest import code_digest, source_state
from dlia.runtime.locks import held


def check_code(log: str) -> None:
    """Refuse to start a job whose code was edited after its build was planned.

    Snakemake records the digest of the planned code with a job's result. If another version of the
    code computed that result, it would count as up to date once the edit is undone.

    Args:
        log: The path of the job's log, which identifies it in the record of the build.

    Raises:
        UserError: The code has changed.
    """
    record = read_record()
    if record is None or not held(RECORD):  # no build runs here
        return
    planned = next((job for job in record["jobs"] if job["log"] == log and "code" in job), None)
    if planned is None:
        return
    script, *modules = planned["made_of"]
    # Checking modification times takes 2 ms; parsing the files takes a hundred times as long.
    if source_state(Path(script).parent) == record["source"]:
        return
    if code_digest(script, *modules) != planned["code"]:
        raise UserError(
            "the code of this step was edited after the build was planned; run the same command "
            "again: finished steps are kept, and this step runs with the new code"
        )
