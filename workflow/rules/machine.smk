# What jobs ask of the machine or of a cluster. No rules here.


def on_cluster():
    """Whether jobs run elsewhere than where they are planned; a job that does has it from there."""
    if is_main_process() and not runs_jobs_here():
        os.environ.update(DLIA_ON_CLUSTER="yes")
    return "DLIA_ON_CLUSTER" in os.environ


def gpus(wildcards):
    """One GPU where there is one to ask for, else none."""
    return int(PLAN.requests_gpu(cluster=on_cluster()))


def gpus_here(wildcards):
    """One GPU where there is one on this machine, for what is not submitted."""
    return int(PLAN.requests_gpu(cluster=False))


def cores(variant):
    """The cores that a training asks a cluster for: one for each trial, where no GPU trains them.

    No more than eight, which nodes have. On a single machine the trainings share out all cores.
    """

    def asked(wildcards):
        on_gpu = gpus(wildcards) and not variant.by_hand
        return min(PLAN.trials(variant), 8) if on_cluster() and not on_gpu else 1

    return asked


def memory(study, variant):
    """The MB that a training asks a cluster for: twice as many when it is tried again.

    What is learnt on a GPU needs more for the GPU's libraries.
    """

    def asked(wildcards, attempt):
        gpu = 2000 if gpus(wildcards) and not variant.by_hand else 0
        return min(attempt, 2) * (gpu + PLAN.megabytes(study, variant, cores(variant)(wildcards)))

    return asked
