# Resources that jobs request from the machine or a cluster. No rules here.
import functools


def on_cluster():
    """Whether jobs are submitted to a cluster; submitted jobs get the answer from the environment."""
    if is_main_process() and not runs_jobs_here():
        os.environ.update(DLIA_ON_CLUSTER="yes")
    return "DLIA_ON_CLUSTER" in os.environ


@functools.cache
def gpus_of(cluster):
    """One GPU if one can be requested, otherwise none."""
    return int(PLAN.requests_gpu(cluster))


def gpus(wildcards):
    """The GPUs of a training. A function: while the rules are read, it is not known where jobs run."""
    return gpus_of(on_cluster())


def cores(variant):
    """The cores that a training requests on a cluster: without a GPU one per trial, at most eight.

    On a single machine the trainings share all cores.
    """

    def asked(wildcards):
        on_gpu = gpus(wildcards) and not variant.by_hand
        return min(PLAN.trials(variant), 8) if on_cluster() and not on_gpu else 1

    return asked


def runtime(study, variant):
    """The minutes that a training requests on a cluster.

    A function: patches of volumes are counted only for trainings that are to run.
    """

    def asked(wildcards):
        return 60 * machine.hours_of(PLAN, study, variant)

    return asked


def memory(study, variant):
    """The MB that a training requests on a cluster, doubled when it is retried.

    A training on a GPU needs more, for the libraries of the GPU.
    """

    def asked(wildcards, attempt):
        gpu = 2000 if gpus(wildcards) and not variant.by_hand else 0
        return min(attempt, 2) * (
            gpu + machine.memory_of(PLAN, study, variant, cores(variant)(wildcards))
        )

    return asked
