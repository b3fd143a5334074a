# All uses of undocumented Snakemake features. No rules here.
import functools
import shlex
import sys
from collections.abc import Hashable
from contextlib import nullcontext
from pathlib import Path
from subprocess import CalledProcessError
from threading import Timer

import snakemake.common
import snakemake.rules
from snakemake.benchmark import benchmarked
from snakemake.dag import ScriptProcessor
from snakemake.output_index import OutputIndex
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake.script import PythonScript
from snakemake.settings.types import DeploymentMethod
from snakemake_interface_executor_plugins.executors.real import RealExecutor

PLACE = workflow.current_basedir.get_path_or_uri(secret_free=True)


def imported():
    """Whether another workflow imports this one as a module."""
    return not workflow.modifier.is_main_snakefile()


def moves_paths():
    """Whether a module statement changes the paths of inputs and outputs."""
    return workflow.modifier.path_modifier.replace_prefix("results/x") != "results/x"


def is_main_process():
    """Whether this process plans the build. Jobs on a cluster also read these files."""
    return workflow.is_main_process


def runs_jobs_here():
    """Whether jobs run on this machine and are not submitted."""
    return workflow.local_exec


def uses_conda():
    """Whether jobs run in conda environments, and not in that of this Snakemake."""
    return DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method


def cores_of_build():
    """The value of --cores."""
    return workflow.resource_settings.cores or 1


def jobs_to_run():
    """The jobs of this workflow that the build will run; known when it starts."""
    return [job for job in workflow.dag.needrun_jobs() if own(job.rule)]


def targets_to_run():
    """The rules that only ask for the files of others, such as all: Snakemake counts them as jobs."""
    return [job.rule.name for job in workflow.dag.needrun_jobs() if job.is_norun]


def files_of_build():
    """The files that the build is asked for and what they are made from; known when it starts.

    Not what no job of the build could make: with --allowed-rules, inputs may be out of date.
    """
    jobs = [job for job in workflow.dag.jobs if own(job.rule)]
    return {str(file) for job in jobs for file in job.output}


def known_targets():
    """All rules and their outputs."""
    for each in workflow.rules:
        yield each.name
        yield from map(str, each.output)


def never_try_again(made_here):
    """Disable retries for the rules for which ``made_here`` is true."""
    for each in filter(made_here, filter(own, workflow.rules)):
        each.restart_times = 0


def own(each):
    """Whether a rule is one of workflow/rules/, and not of a workflow that imports them."""
    return each.basedir.get_path_or_uri(secret_free=True) == PLACE


def print_in_the_end(text):
    """Print after the screen of the build, or now if Snakemake's own output is shown."""
    if handler := own_display():
        handler.closing = text
    else:
        print(text, flush=True)


def tell_display(**texts):
    """Give the screen of the build, if there is one, what it says when there is no build."""
    if handler := own_display():
        vars(handler).update(texts)


def expect(seconds):
    """Tell the screen of the build, if there is one, how long each training takes."""
    if handler := own_display():
        handler.expected.update(seconds)


def own_display():
    """The handler that shows the build, or None if Snakemake's own output is shown."""
    for handler in workflow.logger_manager.get_log_handlers():
        if getattr(handler, "writes_to_stream", False) and hasattr(handler, "closing"):
            return handler
    return None


def quote_the_interpreter():
    """Quote the path of Python in the commands of scripts and of submitted jobs.

    Snakemake does not, so no job would start in a folder with a blank in its path.
    """
    python = shlex.quote(sys.executable)
    if python == sys.executable:
        return
    execute, submit = PythonScript._execute_cmd, RealExecutor.format_job_exec

    def quoted_script(script, command, **values):
        return execute(script, command.replace("{py_exec}", "{py_exec:q}"), **values)

    def quoted_job(executor, job):
        command = f"{sys.executable} -m snakemake"
        return submit(executor, job).replace(command, f"{python} -m snakemake")

    PythonScript._execute_cmd, RealExecutor.format_job_exec = quoted_script, quoted_job


def find_producers_by_path():
    """Let the plan find the rules that make a file by its path, unless they have wildcards.

    Snakemake compares patterns, again for each job that needs the file: with a thousand variants
    36,000 times for 9,000 files.
    """
    index_of, search = OutputIndex.__init__, OutputIndex.match_producers

    def indexed(index, rules):
        index_of(index, [each for each in rules if each.has_wildcards()])
        index.makers = {}
        for each in rules:
            for product in () if each.has_wildcards() else each.products():
                index.makers.setdefault(str(product), set()).add(each)

    def producers(index, file):
        return index.makers.get(str(file), set()) | search(index, file)

    OutputIndex.__init__, OutputIndex.match_producers = indexed, producers


def read_signatures_once():
    """Let the plan read the parameters of a function once, and not for each job that calls it."""
    read = snakemake.common.get_function_params
    read_once = functools.cache(read)

    def remembered(function):
        return (read_once if isinstance(function, Hashable) else read)(function)

    snakemake.common.get_function_params = snakemake.rules.get_function_params = remembered


def run_scripts_by(fork, folder):
    """Let processes from ``fork``, if it gives one, run the scripts of ``folder``.

    Only where these would be run by this interpreter, from their place, and with one thread.
    """
    execute = PythonScript.execute_script

    def run(script, file, edit=False):
        own = script.is_local and Path(script.local_path).parent.samefile(folder)
        elsewhere = (script.conda_env, script.container_img, script.env_modules, script.shadow_dir)
        if edit or not own or any(elsewhere) or script.threads != 1:
            return execute(script, file, edit)
        temporary = script.resources.get("tmpdir")
        names = ("TMPDIR", "TMP", "TEMP", "TEMPDIR") if temporary else ()
        process = fork(script.rulename, file, dict.fromkeys(names, temporary))
        if process is None:
            return execute(script, file, edit)
        measured = script.bench_record is not None
        with benchmarked(process.pid, script.bench_record) if measured else nullcontext():
            status = process.run()
        if status:
            raise CalledProcessError(status, file)

    PythonScript.execute_script = run


def look_for_scripts_once():
    """Let the plan make sure that a script is there once, and not for each job that executes it."""
    look, found = ScriptProcessor.process_job, set()

    def look_once(processor, job):
        script = job.rule.script if own(job.rule) else None
        if script is None or script not in found:
            look(processor, job)
            found.add(script)

    ScriptProcessor.process_job = look_once


def reevaluate_by_one_timer():
    """Let the scheduler look for jobs once a second, and when a job has ended.

    Snakemake starts a timer whenever it has looked, and looks whenever a timer ends. So after 400
    jobs it looks 400 times a second, which takes a third of a core.
    """

    def wait(scheduler, seconds):
        if vars(scheduler).get("waiting"):
            return

        def look():
            scheduler.waiting = None
            scheduler._open_jobs.release()

        scheduler.waiting = Timer(seconds, look)
        scheduler.waiting.daemon = True  # it must not delay the end of the build
        scheduler.waiting.start()

    JobScheduler._schedule_reevalutation = wait
