"""The parts of the check, what matters most first, and how long each may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A part of the check.

    Attributes:
        module: Its file in this folder.
        title: What the table calls it where it gives no line of its own.
        seconds: Its limit.
    """

    module: str
    title: str
    seconds: float


# The limits add up to more than the check may take in all. What is left when a part begins bounds
# it too, so that a lack of time costs the last parts.
PARTS = (
    Part("unpacked", "archives unpacked", 45),
    Part("marked_tests", "tests marked gpu", 110),
    Part("families", "the loop, every family", 50),
    Part("agreement", "stacked against the loop", 45),
    Part("graphs", "CUDA graphs", 25),
    Part("same_bytes", "twice the same bytes", 45),
    Part("resuming", "kill and resume", 45),
    Part("no_memory", "out of memory", 20),
    Part("ten_trials", "ten trials against one", 100),
    Part("against_lightning", "against Lightning", 115),
    Part("whole_build", "a small complete build", 110),
)
