"""Claims about what is counted: weights, activations, updates, images."""

from dlia.study.claims import Claim
from dlia.study.printed import parse_reported
from dlia.verdicts import rules
from dlia.verdicts.quantities_of_trials import Values
from dlia.verdicts.rules import Caveats, Finding, Scale
from dlia.verdicts.words import claimed_number

_PATCHES = ("training_images", "validation_images", "training_smallest_share")
_UPDATES = {"batch_size", "epochs", "add_copies", "sampling"}
# What is counted of layers, and the settings of a model that leave each as it is.
_SAME = {"activation", "dropout", "softmax", "weights"}
_OF_LAYERS = {
    "parameters": {*_SAME, "activation_place"},
    "first_layer_parameters": {*_SAME, "activation_place"},
    "last_layer_inputs": {*_SAME, "activation_place"},
    "other_parameters": {*_SAME, "activation_place"},
    "activations": _SAME,
}


def finding_of_count(claim: Claim, own: float, other: Values) -> Finding:
    """Judge a claim about what is counted, by the count and by what it is compared with, if any."""
    scale = Scale(claim.measured.family)
    if not other.empty:
        return rules.judge_count(own, float(other.iloc[0]), claim.kind, scale)
    half = parse_reported(claim.claimed).half_digit or 0.0
    return rules.judge_count(own, claimed_number(claim), claim.kind, scale, half)


def caveats_of_count(claim: Claim, finding: Finding, unlike: tuple[str, str] = ("", "")) -> Caveats:
    """Give the reservations about a count: the assumed settings that change it, and other images.

    A printed number of weights that is met to the last digit confirms what was assumed. What is
    counted in other images than the source's cannot refute its count, nor quite confirm it, unless
    it is that of a volume that the claim names.

    Args:
        claim: The claim.
        finding: What was found.
        unlike: How the images are unlike the source's, as a word and in a sentence; or nothing.
    """
    chosen = [path for path in claim.open_settings if _changes(claim.quantity, path)]
    exact = claim.kind == "value" and (parse_reported(claim.claimed).half_digit or 0) <= 0.5
    if exact and claim.quantity in _OF_LAYERS and finding.outcome == rules.REPRODUCED:
        chosen = []
    in_data = claim.quantity not in (*_OF_LAYERS, "updates")
    identified = claim.measured.of_volume and finding.outcome == rules.REPRODUCED
    unlike = unlike if in_data and not identified else ("", "")
    return Caveats(rules.ENOUGH_TRIALS, open_settings=chosen, unlike=unlike)


def _changes(quantity: str, path: str) -> bool:
    """Tell whether a count is another one with another value of the setting at ``path``."""
    block, key = [*path.split("."), ""][:2]
    if quantity in _PATCHES:
        return block == "sampling"
    if quantity == "updates":
        return block in _UPDATES
    if quantity not in _OF_LAYERS:  # counted in the data
        return False
    return (block, key) == ("input", "crop") or (
        block == "model" and key not in _OF_LAYERS[quantity]
    )
