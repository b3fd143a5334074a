# All that is used of Snakemake without being documented. No rules here.


def is_main_process():
    """Whether this process plans the build; one that runs a job on a cluster reads all this too."""
    return workflow.is_main_process


def runs_jobs_here():
    """Whether jobs run on this machine, and are not submitted."""
    return workflow.local_exec


def cores_of_build():
    """The number behind --cores."""
    return workflow.resource_settings.cores or 1


def jobs_to_run():
    """The jobs that this build is about to run; known when it starts."""
    return list(workflow.dag.needrun_jobs())


def never_try_again(made_here):
    """Have the rules of which ``made_here`` is true fail at once, whatever --retries says."""
    for each in filter(made_here, workflow.rules):
        each.restart_times = 0
