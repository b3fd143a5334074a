"""What weakens a verdict: trials that failed, and answers that need no learning."""

from dlia.formatting import metric_text
from dlia.study.claims import Claim
from dlia.verdicts.quantities_of_trials import Trials
from dlia.verdicts.words import claimed_number


def _statuses(trials: Trials, keys: list[str]) -> dict[str, list[str]]:
    """Give how every trial ended, by variant; after one epoch, no training can have failed."""
    return {
        key: statuses if trials.epochs(key) > 1 else ["ok"] * len(statuses)
        for key in dict.fromkeys(keys)
        for statuses in [trials.statuses(key)]
    }


def failed(trials: Trials, keys: list[str]) -> str:
    """Say which trials collapsed or diverged."""
    return ", ".join(
        f"{statuses.count(word)} of {len(statuses)} trials of {key} {word}"
        for key, statuses in _statuses(trials, keys).items()
        for word in sorted(set(statuses) - {"ok"})
    )


def failed_trials(trials: Trials, claim: Claim) -> str:
    """Count the trials that collapsed or diverged, as a verdict has it; "" if that is claimed."""
    found = _statuses(trials, list(claim.variants))
    # Variants that share a training count once.
    ends = [
        word for own in {trials.trained_as[k]: found[k] for k in found}.values() for word in own
    ]
    bad = len(ends) - ends.count("ok")
    is_claimed = claim.claimed in ends
    return f"{bad} of {len(ends)} trials failed" if bad and not is_claimed else ""


def without_learning(claim: Claim, trials: Trials) -> str:
    """Say that an answer without learning meets the claim as well; "" if not, or if not known."""
    column = claim.asks_for(trials.metric)
    value = trials.without_learning(claim.of[0], column) if column else None
    if value is None or value <= claimed_number(claim):
        return ""
    return f"an answer without learning reaches {metric_text(claim.judged.family, value)}, too"
