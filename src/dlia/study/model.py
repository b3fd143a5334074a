"""What a study says: its exercises and their variants, resolved and frozen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from dlia.formatting import setting_text
from dlia.study.claims import Claim
from dlia.study.data_block import Data
from dlia.study.document import Resources, Sweep
from dlia.study.part_names import HELD_OUT, TEST, TRAIN, VALIDATION
from dlia.study.printed import Reported
from dlia.study.settings import Settings
from dlia.study.task import Task


class Origin(NamedTuple):
    """Where a setting comes from.

    Attributes:
        kind: default, study, exercise, own, base, same as, weights of, assumed (by the variant
            itself), or reading (the setting in which a reading differs from its variant).
        via: The variant that it is taken over from, or "".
        assumed: Whether the variant, or the one that it is taken over from, assumes it.
    """

    kind: str
    via: str = ""
    assumed: bool = False

    def __str__(self) -> str:
        text = f"{self.kind} {self.via}".rstrip()
        return f"{text} (assumed)" if self.assumed and self.kind != "assumed" else text


@dataclass(frozen=True)
class Alternative:
    """A variant with another value of one setting.

    Attributes:
        path: The setting, such as optimizer.learning_rate.
        value: Its value here.
        variant: The variant with this value; its name is that of the original, path and value.
        taken: Whether the original has this value.
    """

    path: str
    value: object
    variant: "Variant"
    taken: bool = False

    @property
    def text(self) -> str:
        """The value; of a block, its name, and its keys with their values: step, gamma 0.1."""
        flat = _flat(self.value)
        return ", ".join(v if key in ("", "name") else f"{key} {v}" for key, v in flat)

    @property
    def words(self) -> str:
        """The setting and its value, such as optimizer.learning_rate 0.5."""
        block = self.path.removesuffix(".name") if isinstance(self.value, dict) else self.path
        return ", ".join(f"{path} {value}" for path, value in _flat(self.value, block))


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every value of a block; of any other value, "" and its own."""
    if not isinstance(value, dict):
        yield path, setting_text(value)
        return
    for key, inner in value.items():
        yield from _flat(inner, f"{path}.{key}".lstrip("."))


@dataclass(frozen=True)
class Variant:
    """One training procedure with everything that decides its result.

    Attributes:
        settings: Every hyperparameter, defaults filled in.
        origins: For every path of ``settings``, the layer that it comes from.
        asked: For each setting that the build cuts (epochs, the schedule's period, trials), the
            value that the study asks for, by its path; empty if the build cuts none.
        replaced: What the build trains in place of what the study asks for, in words: another
            network, stand-in weights.
        same_as: The key of the variant that this one is identical with, or "".
        weights_of: The key of the training whose networks this one predicts with, or "".
        base: The key of the variant that it is built on, or "".
        base_trained_as: The key of the training whose results that variant has, or "".
        compare_with: The key of the variant that it is compared with, or "".
        candidates: The trainings that its settings are chosen from, by validation images.
        readings: Other values of its assumed settings, each trained if the build asks for readings.
        unread: The assumed settings of which no readings are stated, and the readings that need a
            GPU, where there is none; they may matter, too.
        reported: What its source prints for test images, by metric.
        reported_on: What its source prints for other parts, by part and metric.
    """

    study: str
    exercise: str
    name: str
    settings: Settings
    origins: dict[str, Origin]
    base: str = ""
    base_trained_as: str = ""
    compare_with: str = ""
    same_as: str = ""
    weights_of: str = ""
    source: str = ""
    reported: dict[str, Reported] = field(default_factory=dict)
    reported_on: dict[str, dict[str, Reported]] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)
    comment: str = ""
    needs_gpu: bool = False
    resources: Resources = field(default_factory=Resources)
    asked: dict[str, int] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()
    candidates: tuple[Alternative, ...] = ()
    readings: tuple[Alternative, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The variant's name among all: exercise/variant."""
        return f"{self.exercise}/{self.name}"

    @property
    def trained_as(self) -> str:
        """The key of the variant whose training gives this one's results."""
        return self.weights_of or self.same_as or self.key

    @property
    def predicted_as(self) -> str:
        """The key of the variant whose predictions are this one's."""
        return self.same_as or self.key

    @property
    def differs_from(self) -> str:
        """The key of the variant that its own settings are stated against, or ""."""
        return self.base or ("" if self.same_as else self.weights_of)

    @property
    def trains(self) -> bool:
        """Whether it is trained itself."""
        return self.trained_as == self.key

    @property
    def held_out(self) -> str:
        """The part whose curves stand for unseen images: validation, else test, else ""."""
        return next((part for part in HELD_OUT if part in self.settings.monitor), "")

    @property
    def is_validated(self) -> bool:
        """Whether its own prediction is measured on validation images."""
        return VALIDATION in self.settings.monitor and not self.weights_of

    @property
    def is_shortened(self) -> bool:
        """Whether the build trains it for fewer epochs than the study asks for."""
        return "epochs" in self.asked

    def text(self, path: str, value: object) -> str:
        """Write the ``value`` of a setting, and what the study asks for: "12 of 100"."""
        short = f" of {setting_text(self.asked[path])}" if path in self.asked else ""
        return setting_text(value) + short

    @property
    def otherwise(self) -> str:
        """What the build trains in place of what the study asks for, in words; "" for nothing."""
        return ", ".join(self.replaced)

    def asked_of_training(self) -> dict[str, int]:
        """Return what ``asked`` says of the settings that the training depends on."""
        return {path: value for path, value in self.asked.items() if path != "trials"}

    @property
    def reported_texts(self) -> list[str]:
        """What its source prints, with metric, and part if it is not the test part."""
        return [f"{metric} {value.text}" for metric, value in self.reported.items()] + [
            f"{metric} on the {'training' if part == TRAIN else part} part {value.text}"
            for part, reported in self.reported_on.items()
            for metric, value in reported.items()
        ]

    def printed(self, part: str, metric: str) -> Reported | None:
        """Return what its source prints of a metric for a part of the data, if anything."""
        known = self.reported if part in ("", TEST) else self.reported_on.get(part, {})
        return known.get(metric)

    @property
    def by_hand(self) -> bool:
        """Whether it trains without PyTorch, and so on the CPU whatever the device is."""
        return self.settings.by_hand


@dataclass(frozen=True)
class Exercise:
    """Variants that answer one question.

    Attributes:
        level: The validation metric that learning is timed by; None if it is not.
        boundary: The two variants whose boundaries are drawn side by side, or none.
        agreement: Whether the predictions of all variants are compared with each other.
        shows: What is shown without a training.
        network: The key of the variant whose layers are shown, or "".
        sweep: The setting over which a figure shows the results, if there is one.
        left_out: The variants that this build does not train, by name, each with the reason.
    """

    id: str
    title: str
    question: str
    variants: dict[str, Variant]
    level: float | None = None
    boundary: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    network: str = ""
    agreement: bool = False
    sweep: Sweep | None = None
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def candidates(self) -> list[Alternative]:
        """The candidates of the settings of all variants."""
        return [candidate for v in self.variants.values() for candidate in v.candidates]

    @property
    def candidate_trainings(self) -> list["Variant"]:
        """The trainings of the candidates; one may be a candidate of several settings."""
        return [
            training
            for v in self.variants.values()
            for training in {c.variant.key: c.variant for c in v.candidates}.values()
        ]

    @property
    def read(self) -> list[Variant]:
        """The variants that have readings of their own."""
        return [v for v in self.variants.values() if v.readings and not v.same_as]

    @property
    def reports_parts(self) -> bool:
        """Whether a source prints values of other parts than the test part."""
        return any(v.reported_on for v in self.variants.values())

    @property
    def records_gradients(self) -> bool:
        """Whether the history of any variant has gradient norms."""
        return any(v.settings.gradient_norms for v in self.variants.values())

    def raced(self, variant: Callable[[str], Variant]) -> list[dict[str, str]]:
        """Return the trainings whose speed is compared: the variants, and their bases elsewhere.

        Only those with curves of validation images, as the speed is measured on these.

        Args:
            variant: Returns the variant of a key.

        Returns:
            For each: the name to show (of a variant in another exercise, its key), trained_as and
            same_as.
        """
        own = [
            {"name": name, "trained_as": v.trained_as, "same_as": v.same_as}
            for name, v in self.variants.items()
            if VALIDATION in v.settings.monitor
        ]
        known = {runner["trained_as"] for runner in own}
        bases = dict.fromkeys(self.variants[runner["name"]].base_trained_as for runner in own)
        return [
            {"name": base, "trained_as": base, "same_as": ""}
            for base in bases
            if base not in {"", *known} and VALIDATION in variant(base).settings.monitor
        ] + own


@dataclass(frozen=True)
class Study:
    """Exercises on one data set.

    Attributes:
        sources: The citation of every source, by its key.
        called_best: The key of the variant that a source calls its best, by the source's key.
        untested: Claims on variants that are left out.
        margins: The largest differences that count as equal, where config.yaml has others.
        shows_images: Whether reports show images of the data.
    """

    name: str
    title: str
    task: Task
    sources: dict[str, str]
    data: Data
    exercises: dict[str, Exercise]
    called_best: dict[str, str] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    untested: dict[str, Claim] = field(default_factory=dict)
    margins: dict[str, float] = field(default_factory=dict)
    shows_images: bool = True

    def variant(self, key: str) -> Variant:
        """Give a variant by its key, exercise/variant."""
        exercise, _, name = key.partition("/")
        return self.exercises[exercise].variants[name]

    @property
    def readings(self) -> list[Alternative]:
        """The readings of all variants."""
        return [
            r for exercise in self.exercises.values() for v in exercise.read for r in v.readings
        ]

    @property
    def metric(self) -> str:
        """The metric that the study is judged by."""
        return self.task.metric

    @property
    def family(self) -> str:
        """How values of that metric are written."""
        return self.task.quantities[self.metric].family

    def claims_of_values(self, part: str = TEST) -> dict[str, str]:
        """Return the claim about the value that is reported of each variant, by the variant's key.

        Args:
            part: The part of the data that it is reported for.
        """
        found = {
            (claim.of[0], claim.claimed): claim.id
            for claim in self.claims.values()
            if (claim.kind, claim.quantity, claim.part) == ("value", self.metric, part)
        }
        return {
            variant.key: found[key, number.text]
            for exercise in self.exercises.values()
            for variant in exercise.variants.values()
            if (number := variant.printed(part, self.metric))
            for key in (variant.predicted_as, variant.key)
            if (key, number.text) in found
        }

    @property
    def reported_part(self) -> str:
        """The part of the data whose results stand beside those of the sources.

        The test part, but the validation part of a study whose sources report values of that, and
        none of the test part.
        """
        compared = [exercise for exercise in self.exercises.values() if exercise.variants]
        has_parts = all(exercise.reports_parts for exercise in compared)
        is_validation = has_parts and self.claims_of_values(VALIDATION)
        return VALIDATION if is_validation and not self.claims_of_values(TEST) else TEST

    @property
    def judged(self) -> tuple[str, ...]:
        """The tables that claims are judged by."""
        return (self.task.per_trial, "fit", "summary", *self.task.claimed)
