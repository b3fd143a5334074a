# Actions at the start, the end and the failure of a build. No rules here.
import json
import platform
import shutil
from difflib import get_close_matches
from signal import Signals

from dlia.runtime import forks
from dlia.runtime.asking import ask
from dlia.runtime.build_record import begin
from dlia.runtime.interruption import SIGNALS
from dlia.runtime.pins import other_versions
from dlia.runtime.provenance import PACKAGES
from dlia.plan.closing_table import closing_table
from dlia.reporting.pdf import what_is_missing
from dlia.runtime.checkout import drop_differences
from dlia.runtime.terminal import FAILURES_SHOWN, wrapped

# What says how long a build takes; it imports PyTorch.
ESTIMATE = ROOT / "src/dlia/commands/build_duration.py"


def prepare_build():
    """Check the machine, print warnings, and record the jobs of this build."""
    if on_cluster():
        # Jobs that are not submitted are not interrupted, so they need no retries.
        never_try_again(lambda each: not trains(each))
    look_at_the_machine()
    print_standins()
    print_other_versions()
    print_what_is_missing()
    note_build()
    print_duration(fork_jobs())


def warn(text):
    """Print a message about the build."""
    print(wrapped(f"dlia: {text}", indent=" " * 6), file=sys.stderr, flush=True)


def look_at_the_machine():
    """Remove what killed jobs left, and stop before the first job if no training could run."""
    for leftover in [*Path("results").rglob(".partial-*")]:  # of killed jobs
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
    drop_differences()
    if any(trains(job) for job in jobs_to_run()) and not on_cluster():
        try:
            note = notes.device_note(PLAN)
        except UserError as error:
            refuse(error)
        if note:
            warn(note)


def trains(each):
    """Whether a job or rule is a training; an importing workflow may have renamed its rule."""
    return bool(each.log) and Path(each.log[0]).name.startswith("train_")


def print_other_versions():
    """Warn if the results may differ because other versions are installed than the pinned ones.

    Jobs in conda environments have the pinned ones.
    """
    if not uses_conda() and (others := other_versions(PACKAGES, ROOT / "requirements.txt")):
        found = f"{', '.join(others)}: numbers may differ from those of the pinned versions"
        warn(found)


def note_build():
    """Record the jobs of this build and their code, for `status` and for the jobs."""
    jobs = [
        {
            "rule": job.rule.name,
            "log": str(job.log[0]),
            "file": str(job.output[0]),
            "code": job.params.code,
            "made_of": FINGERPRINTS.code[job.params.code],
        }
        for job in jobs_to_run()
        if job.log and job.output
    ]
    where = "on a cluster" if on_cluster() else f"on {platform.node()}"
    begin(jobs, where, FINGERPRINTS.state, targets_to_run())


def fork_jobs():
    """Let the jobs on this machine be forks of one process that imports their libraries for all.

    Returns that process, or None.
    """
    here = [job for job in jobs_to_run() if job.log and not (on_cluster() and trains(job))]
    if not here or not forks.FORKING or uses_conda():
        return None
    made_of = [FINGERPRINTS.code[job.params.code] for job in here]
    modules = [module for _, *modules in made_of for module in modules]
    scripts = [script for script, *_ in made_of] + [str(ESTIMATE)] * any(map(trains, here))
    server = forks.Server(scripts, modules)
    run_scripts_by(server.fork, SCRIPTS)
    return server


def print_standins():
    """Name what is built from stand-ins before the build, not after it."""
    files = [str(file) for job in jobs_to_run() for file in (*job.input, *job.output)]
    studies = {name for name in PLAN.studies if any(f"results/data/{name}/" in f for f in files)}
    if note := notes.standin_note(PLAN, studies):
        warn(note)
    if note := notes.weights_note(PLAN, set(files)):
        warn(note)


def print_duration(server):
    """Say how long a build with trainings takes, before the first job.

    ``server`` is the process that the jobs are forks of, or None.
    """
    jobs = [job for job in jobs_to_run() if job.log and job.output]
    if on_cluster() or not any(map(trains, jobs)):
        return
    rules = [Path(job.log[0]).stem for job in jobs]  # an importing workflow may rename rules
    known = {"config": PLAN.config.model_dump(), "cores": cores_of_build()}
    told = ask(ESTIMATE, json.dumps({**known, "rules": rules}), server)
    if -told.returncode in SIGNALS:  # it was asked to end, as the whole build was
        return
    if told.returncode:  # without PyTorch, where jobs run in conda environments
        reason = told.stderr.rstrip().rpartition("\n")[2]
        if told.returncode < 0:  # such as by the system, for lack of memory
            reason = f"the estimate was ended by {Signals(-told.returncode).name}"
        lines = [f"how long this build takes is not known: {reason}"]
    else:
        estimated = json.loads(told.stdout)
        lines = estimated["lines"]
        expect(estimated["seconds"])
    for line in lines:
        warn(line)


def print_what_is_missing():
    """Warn before the trainings, not after them, if LaTeX for the PDF is missing."""
    pdfs = [file for file in outputs.report_files(PLAN) if file.endswith(".pdf")]
    if pdfs and (fault := what_is_missing(pdfs[0])):
        warn(f"{fault}. Everything else is built.")


def print_closing_table():
    """Print the results of the build and the path of the report."""
    print_in_the_end(closing_table(PLAN, files_of_build()))


def reports_of_build():
    """Name the reports, for a build that has nothing to do."""
    return "\n".join(
        f"Report: {path}" for path in outputs.report_files(PLAN) if path in files_of_build()
    )


def about_target(name):
    """Say that a target does not exist, and suggest a similar one; Snakemake only names it."""
    near = get_close_matches(name, list(known_targets()), n=1)
    hint = f"did you mean {near[0]}?" if near else "snakemake --list-rules lists the rules"
    return f"dlia: {name}: no such rule or result; {hint}"


tell_display(unneeded=reports_of_build, unknown=about_target)
if own_display():
    os.environ[FAILURES_SHOWN] = "yes"  # for the jobs, which inherit it
