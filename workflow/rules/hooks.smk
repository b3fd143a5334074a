# What is done and said when a build begins, ends or fails. No rules here.
import platform

from dlia.runtime.build_record import Build, begin
from dlia.plan.closing_table import closing_table, last_words
from dlia.reporting.pdf import what_is_missing


def prepare_build():
    """Look at the machine, say what may surprise, and note what is about to be done."""
    if on_cluster():
        # What is not submitted is not interrupted either.
        never_try_again(lambda each: not each.name.startswith("train_"))
    look_at_the_machine()
    print_what_is_missing()
    note_build()


def look_at_the_machine():
    """Refuse at once, before anything is removed, what no job could do here."""
    for folder in ("results", "checkpoints", "logs"):
        if Path(folder).exists() and not os.access(folder, os.W_OK):
            sys.exit(f"dlia: {folder}: cannot be written; mend that, or work in a copy that can")
    for leftover in Path("results").rglob(".partial-*"):  # of what was killed
        leftover.unlink(missing_ok=True)
    trains = any(job.rule.name.startswith("train_") for job in jobs_to_run())
    if trains and not on_cluster():
        try:
            note = PLAN.device_note()
        except UserError as error:
            sys.exit(f"dlia: {error}")
        if note:
            print(f"dlia: {note}", file=sys.stderr, flush=True)


def note_build():
    """Note what is about to be done, and with which code: for `status`, and for the jobs."""
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
    begin(jobs, where, FINGERPRINTS.state)


def print_what_is_missing():
    """Say before the trainings, and not after them, that the PDF will lack LaTeX."""
    if "pdf" in config["report"]["formats"] and (fault := what_is_missing("results/report.pdf")):
        print(f"dlia: {fault}. All else is built.", file=sys.stderr, flush=True)


def print_closing_table():
    """Show the numbers of the build, and where the report is."""
    print(closing_table(PLAN, reports()), flush=True)


def print_last_words():
    """Show what trainings on a cluster said when they failed: their terminals were not this one."""
    build = Build.read(Path.cwd())
    if on_cluster() and build and (said := last_words(build)):
        print(said, file=sys.stderr, flush=True)
