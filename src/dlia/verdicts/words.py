"""What a claim is about and what was found, in words."""

import numpy as np

from dlia.formatting import amount_text, metric_text
from dlia.study.claims import Claim
from dlia.study.part_names import TRAIN
from dlia.study.printed import parse_reported
from dlia.verdicts.quantities_of_trials import ALL_EPOCHS, Values

NO_VALUE, NEVER = "no value", "never"


def claimed_number(claim: Claim) -> float:
    """Return the number that is claimed.

    Raises:
        ValueError: If it is none.
    """
    value = parse_reported(claim.claimed).value
    if value is None:
        raise ValueError(f"{claim.claimed!r} is not a number")
    return value


def written(claim: Claim, own: Values, other: Values) -> str:
    """Write the values of all trials, then those of the trials that they are compared with."""
    family = claim.judged.family
    write = amount_text if claim.is_of_a_difference else metric_text
    values, against = (
        [NEVER if np.isinf(value) else write(family, value) for value in side]
        for side in (own, other)
    )
    text = " / ".join(values)
    return f"{text} against {' / '.join(against)}" if against else text


def what_was_read(claim: Claim) -> str:
    """Name what was read: the quantity, the part, and the epoch unless it is the one kept."""
    if claim.kind == "fit":
        return "fit comment"
    part = {TRAIN: "training"}.get(claim.part, claim.part)
    where = f" on {part} images" if part else ""
    epoch = claim.epoch
    when = ", mean over epochs" if epoch == ALL_EPOCHS else f" in epoch {epoch}" if epoch else ""
    return f"{claim.judged.words}{where}{when}"


def about(claim: Claim, reason: str) -> str:
    """Say what a reason is about."""
    return f"{what_was_read(claim)}: {reason}"
