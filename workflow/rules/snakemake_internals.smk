# All uses of undocumented Snakemake features. No rules here.


def is_main_process():
    """Whether this process plans the build. Jobs on a cluster also read these files."""
    return workflow.is_main_process


def runs_jobs_here():
    """Whether jobs run on this machine and are not submitted."""
    return workflow.local_exec


def cores_of_build():
    """The value of --cores."""
    return workflow.resource_settings.cores or 1


def jobs_to_run():
    """The jobs that this build will run; known when it starts."""
    return list(workflow.dag.needrun_jobs())


def never_try_again(made_here):
    """Disable retries for the rules for which ``made_here`` is true."""
    for each in filter(made_here, workflow.rules):
        each.restart_times = 0
