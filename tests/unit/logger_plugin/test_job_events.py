"""The jobs of a build, followed by Snakemake's events and by the logs of the jobs."""

import pytest

from dlia.runtime.log_lines import FAULT, INTERRUPTION, EpochLine, last_lines
from snakemake_logger_plugin_dlia.jobs import Jobs

RULES = ("split_mnist", "train_ex1_2_sgd", "train_ex1_2_adam", "predict_ex1_2_sgd")
MEASURED = {"train loss": 0.25, "validation loss": 0.5, "validation accuracy": 0.875}
DIED = "Command 'python x.py' died with <Signals.SIGKILL: 9>."


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def jobs(tmp_path, monkeypatch, clock) -> Jobs:
    """Give a build of four jobs, of which none has begun."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    jobs = Jobs({}, clock)
    jobs.plan({**dict.fromkeys(RULES, 1), "total": len(RULES)})
    return jobs


def begin(jobs: Jobs, rule: str, local: bool = True) -> int:
    number = RULES.index(rule)
    file = f"results/ex1_2/{rule.split('_')[-1]}/model.safetensors"
    jobs.begin(number, rule, [file], [f"logs/{rule}.log"], local)
    return number


def write(tmp_path, rule: str, text: str) -> None:
    with (tmp_path / f"logs/{rule}.log").open("a") as log:
        log.write(text)


def states(jobs: Jobs) -> dict[str, str]:
    return {job.rule: job.state for job in jobs.build().jobs}


def test_a_job_waits_runs_and_is_done(jobs):
    number = begin(jobs, "split_mnist")
    assert states(jobs) == dict.fromkeys(RULES, "waiting") | {"split_mnist": "running"}
    jobs.finish(number)
    assert states(jobs)["split_mnist"] == "done"
    assert (jobs.done, jobs.total) == (1, 4)


def test_a_submitted_job_is_queued_until_it_writes_its_log(jobs, tmp_path):
    begin(jobs, "train_ex1_2_sgd", local=False)
    assert states(jobs)["train_ex1_2_sgd"] == "queued"
    write(tmp_path, "train_ex1_2_sgd", "device: cpu\n")
    assert states(jobs)["train_ex1_2_sgd"] == "running"


def test_the_log_of_an_earlier_build_counts_for_nothing(jobs, tmp_path):
    write(tmp_path, "train_ex1_2_sgd", f"{FAULT}of yesterday\n")
    begin(jobs, "train_ex1_2_sgd", local=False)
    assert states(jobs)["train_ex1_2_sgd"] == "queued"


def test_of_a_training_the_last_line_of_each_trial_is_read_as_it_comes(jobs, tmp_path):
    begin(jobs, "train_ex1_2_sgd")
    lines = [str(EpochLine(f"trial {t}/2", e, 9, MEASURED, 4.0)) for e in (1, 2) for t in (1, 2)]
    text = "\n".join(lines) + "\n"
    write(tmp_path, "train_ex1_2_sgd", text[:50])
    jobs.build()
    write(tmp_path, "train_ex1_2_sgd", text[50:])
    (job,) = jobs.build().in_state("running")
    assert job.lines == lines[-2:]


@pytest.mark.parametrize(("prefix", "state"), [(FAULT, "failed"), (INTERRUPTION, "interrupted")])
def test_a_job_that_ended_early_says_why_in_all_lines_of_its_message(prefix, state, jobs, tmp_path):
    number = begin(jobs, "split_mnist")
    write(tmp_path, "split_mnist", last_lines(prefix, "3 images are bad:\n  a.png\n  b.png") + "\n")
    job = jobs.fail(number, "split_mnist", ["logs/split_mnist.log"], "")
    assert (job.state, job.last_word) == (state, "3 images are bad:\n  a.png\n  b.png")


def test_a_killed_job_is_said_to_be_killed(jobs, tmp_path):
    number = begin(jobs, "train_ex1_2_sgd")
    write(tmp_path, "train_ex1_2_sgd", "trial 1/1 epoch 3/40\n")
    jobs.hint(DIED)
    job = jobs.fail(number, "train_ex1_2_sgd", ["logs/train_ex1_2_sgd.log"], "")
    assert job.state == "failed"
    assert "SIGKILL" in job.last_word
    assert "memory" in job.last_word


def test_a_job_that_ctrl_c_ended_before_its_log_was_open_is_interrupted(jobs):
    number = begin(jobs, "split_mnist")
    jobs.hint("Command 'python x.py' returned non-zero exit status 130.")
    assert jobs.fail(number, "split_mnist", ["logs/split_mnist.log"], "").state == "interrupted"


def test_of_a_submitted_job_that_wrote_nothing_the_log_of_slurm_is_shown(jobs, tmp_path):
    number = begin(jobs, "train_ex1_2_sgd", local=False)
    (tmp_path / "12.log").write_text("slurmstepd: error: Detected 1 oom_kill event\n\n")
    logs = ["logs/train_ex1_2_sgd.log", "12.log"]
    told = "SLURM status is: 'OUT_OF_MEMORY'. For further error details see the cluster/cloud log."
    job = jobs.fail(number, "train_ex1_2_sgd", logs, told)
    assert job.log == "12.log"
    assert job.last_word == (
        "ended without a message; SLURM status is: 'OUT_OF_MEMORY'; "
        "slurmstepd: error: Detected 1 oom_kill event"
    )


def test_a_job_that_is_tried_again_has_not_failed(jobs, tmp_path):
    number = begin(jobs, "split_mnist")
    jobs.fail(number, "split_mnist", ["logs/split_mnist.log"], "")
    _, again = jobs.begin(number, "split_mnist", [], ["logs/split_mnist.log"], True)
    assert again
    assert states(jobs)["split_mnist"] == "running"


def test_the_time_left_is_not_known_before_anything_tells_how_long_a_training_takes(jobs):
    jobs.finish(begin(jobs, "split_mnist"))
    begin(jobs, "train_ex1_2_sgd")
    assert jobs.seconds_left() is None


def test_the_time_left_of_those_that_wait_is_that_of_their_kind(jobs, clock, tmp_path):
    number = begin(jobs, "split_mnist")
    clock.now += 2
    jobs.finish(number)
    number = begin(jobs, "train_ex1_2_sgd")
    clock.now += 30
    jobs.finish(number)
    begin(jobs, "train_ex1_2_adam")
    clock.now += 10
    assert jobs.seconds_left() == pytest.approx(20 + 2)


def test_the_time_left_of_a_training_is_that_of_its_log(jobs, clock, tmp_path):
    for rule in RULES[:2]:
        clock.now += 1
        number = begin(jobs, rule)
    jobs.finish(0)
    write(tmp_path, RULES[1], f"{EpochLine('trial 1/1', 30, 40, MEASURED, 70.0)}\n")
    jobs.build()
    clock.now += 20
    # The second training: as long as the first in all.
    assert jobs.seconds_left() > 50 + 70
    assert number == 1


def benchmarked(tmp_path) -> None:
    folder = tmp_path / "results/benchmarks"
    folder.mkdir(parents=True)
    for rule in RULES:
        (folder / f"{rule}.tsv").write_text("s\th:m:s\n10.5\t0:00:10\n")


@pytest.mark.parametrize("prefix", ["", "dlia_"])
def test_an_earlier_build_tells_how_long_jobs_without_training_take(jobs, tmp_path, prefix):
    benchmarked(tmp_path)
    jobs.plan({f"{prefix}{rule}": 1 for rule in RULES if not rule.startswith("train")})
    assert jobs.seconds_left() == pytest.approx(2 * 10.5)


def test_an_earlier_build_does_not_tell_how_long_trainings_take(jobs, tmp_path):
    benchmarked(tmp_path)
    jobs.plan(dict.fromkeys(RULES, 1))
    assert jobs.seconds_left() is None


@pytest.mark.parametrize("prefix", ["", "dlia_"])
def test_the_estimate_of_trainings_counts_as_soon_as_it_is_made(tmp_path, clock, prefix, jobs):
    benchmarked(tmp_path)
    expected: dict[str, float] = {}
    jobs = Jobs(expected, clock)
    jobs.plan({f"{prefix}{rule}": 1 for rule in RULES})
    expected.update({"train_ex1_2_sgd": 1000.0, "train_ex1_2_adam": 500.0})
    assert jobs.seconds_left() == pytest.approx(1500 + 2 * 10.5)


def test_trainings_of_an_importing_workflow_that_wait_are_counted_as_trainings(jobs):
    jobs.plan({f"dlia_{rule}": 1 for rule in RULES})
    waiting = jobs.build().in_state("waiting", trains=True)
    assert [job.rule for job in waiting] == ["dlia_train_ex1_2_sgd", "dlia_train_ex1_2_adam"]


def test_a_log_that_cannot_be_read_ends_nothing(jobs, tmp_path):
    number = begin(jobs, "train_ex1_2_sgd")
    (tmp_path / "logs/train_ex1_2_sgd.log").mkdir()
    assert jobs.build().in_state("running")[0].lines == []
    assert jobs.fail(number, "train_ex1_2_sgd", ["logs/train_ex1_2_sgd.log"], "").state == "failed"
