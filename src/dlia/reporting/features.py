"""What a report has, so that its long texts explain this and nothing else."""

from collections.abc import Sequence

from dlia.reporting.chapters import Chapter
from dlia.study.claims import Claim
from dlia.study.model import Variant
from dlia.study.part_names import TEST
from dlia.study.tally import is_question
from dlia.tasks import TASK_NAMES


def present_features(chapters: Sequence[Chapter], reads: bool) -> dict[str, bool]:
    """Return every feature that a text may ask for, and whether the report has it.

    Args:
        chapters: What the report is about.
        reads: Whether the build trains readings.
    """
    studies = [chapter.study for chapter in chapters]
    variants = [variant for chapter in chapters for variant in chapter.variants]
    outcomes = [outcome for chapter in chapters for outcome in chapter.outcomes]
    results = [result for outcome in outcomes for result in outcome.variants]
    claims: list[Claim] = [claim for study in studies for claim in study.claims.values()]
    settings = [variant.settings for variant in variants]
    tasks = {study.task.name for study in studies}
    own = {
        "images": any(study.task.unit == "image" for study in studies),
        "trials": any(len(result.trials) > 1 for result in results),
        "single_trials": any(len(result.trials) == 1 for result in results),
        "split_here": any(study.data.validation is not None for study in studies),
        "validation": any(variant.is_validated for variant in variants),
        "no_validation": any(v.trains and not v.is_validated for v in variants),
        "test_curves": any(variant.held_out == TEST for variant in variants),
        "folds": any(
            candidate.variant.settings.held_out_fold is not None
            for variant in variants
            for candidate in variant.candidates
        ),
        "other_predictions": any(variant.weights_of for variant in variants),
        "class_batches": any(
            own.prediction.batch_statistics and own.prediction.batch_statistics.order == "class"
            for own in settings
        ),
        "copies": any(own.add_copies for own in settings),
        "unpooling": any(getattr(own.model, "upsampling", "") == "unpooling" for own in settings),
        "chosen_patches": any(chooses_patches(variant) for variant in variants),
        "shared": any(variant.same_as for variant in variants),
        "standins": any(not chapter.data.is_real for chapter in chapters),
        "readings": reads and any(outcome.exercise.read for outcome in outcomes),
        "other_measures": any(result.reported == "another measure" for result in results),
        "unlearnt": any(not result.learnt for result in results),
        "questions": any(is_question(claim.says) for claim in claims),
        "presence": any(claim.is_of_presence for claim in claims),
        "of_an_image": any(claim.is_of_an_image for claim in claims),
        "same_function": any(claim.same_function for claim in claims),
    }
    return {name: name in tasks for name in TASK_NAMES} | own


def chooses_patches(variant: Variant) -> bool:
    """Tell whether a rule chooses by their classes the patches that a variant learns from."""
    rule = variant.settings.sampling
    return rule is not None and bool(rule.minimum or rule.no_background)
