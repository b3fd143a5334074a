"""Where the time of one training step of dlia goes: ``python benchmarks/profile_step.py``.

Steps are on noise in the shape of the real data, on one thread as in a build, or on a GPU.
"""

import os

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # without a GPU it complains at length

from torch.profiler import profile

from cases import CASES, study_of
from dlia.commands.build_duration import on_noise
from dlia.runtime.devices import choose_device

WARM_UP, STEPS = 5, 30


def main() -> None:
    """Profile both cases, and print the operations by the time that they take themselves."""
    device = choose_device("auto")
    order = "self_cpu_time_total" if device.type == "cpu" else "self_device_time_total"
    for case, (_, variant, _, _) in CASES.items():
        study = study_of(case)
        settings = study.variant(variant).settings
        batch, size = settings.batch_size, study.data.size
        with on_noise(study, settings, size, batch, device) as (learner, draw_batch):
            for _ in range(WARM_UP):
                learner.step(*draw_batch())
            with profile() as profiler:
                for _ in range(STEPS):
                    learner.step(*draw_batch())
        print(f"{variant}: {STEPS} steps of {batch} images on {device}")
        print(profiler.key_averages().table(sort_by=order, row_limit=15))


if __name__ == "__main__":
    main()
