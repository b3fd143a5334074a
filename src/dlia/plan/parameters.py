"""What rules pass to their scripts, as plain values."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from dlia.data.forms import SEVERAL
from dlia.formatting import setting_text
from dlia.plan.plan import Plan
from dlia.runtime.provenance import versions_of
from dlia.study.config import Report
from dlia.study.layout_volumes import VOLUMES
from dlia.study.model import Exercise, Study, Variant
from dlia.study.task import Task
from dlia.study.variant_facts import Swept, VariantFacts


def facts_of(variants: Iterable[Variant]) -> list[VariantFacts]:
    """Return the facts about variants or readings that their tables and figures need."""
    return [
        {
            "name": variant.name,
            "same_as": variant.same_as,
            "weights_of": variant.weights_of,
            "epochs": variant.text("epochs", variant.settings.epochs),
            "otherwise": variant.otherwise,
            "gradient_norms": variant.settings.gradient_norms,
            "reported": {
                metric: (reported.text, reported.value)
                for metric, reported in variant.reported.items()
            },
            "reported_on": {
                part: {metric: (one.text, one.value) for metric, one in reported.items()}
                for part, reported in variant.reported_on.items()
            },
        }
        for variant in variants
    ]


def swept(exercise: Exercise) -> Swept:
    """Return what the figure of a sweep needs: over and by, in words, and places; or nothing.

    Places are pairs of the setting's value and of the line, "" for all lines, by variant.
    """
    sweep = exercise.sweep
    if sweep is None:
        return {}
    places: dict[str, tuple[float, str]] = {}
    for name, variant in exercise.variants.items():
        stated = {leaf.path: leaf.value for leaf in variant.settings.leaves()}
        line = "" if name in sweep.in_all or not sweep.by else setting_text(stated[sweep.by])
        at = stated[sweep.over]
        assert isinstance(at, int | float)  # checked when the study was read
        places[name] = (at, line)
    return {"over": in_words(sweep.over), "by": in_words(sweep.by or ""), "places": places}


def pairs_of(study: Study, exercise: Exercise) -> list[dict[str, str]]:
    """Return the comparisons of an exercise: each variant with its ``compare_with`` or base."""
    return [
        {
            "exercise": exercise.id,
            "name": variant.name,
            "same_as": variant.same_as,
            "trained_as": variant.predicted_as,
            "with": variant.compare_with,
            "with_trained_as": study.variant(variant.compare_with).predicted_as,
            "note": _different_images(variant, study.variant(variant.compare_with)),
        }
        for variant in exercise.variants.values()
        if variant.compare_with
    ]


def tables_compared(study: Study, exercise: Exercise) -> dict[str, str]:
    """Return the paths of the tables that comparisons read, by "exercise/name"."""
    involved = [exercise.id, *(v["with"].split("/")[0] for v in pairs_of(study, exercise))]
    return {
        f"{id_}/{name}": f"results/{id_}/{name}.csv"
        for id_ in dict.fromkeys(involved)
        for name in (study.task.per_trial, *(["mistakes"] if study.task.mistakes else []))
    }


def bases(exercise: Exercise) -> dict[str, str]:
    """Return for each variant the one of the same exercise that it is compared with."""
    others = {v.name: v.compare_with.split("/") for v in exercise.variants.values()}
    return {name: with_[1] for name, with_ in others.items() if with_[0] == exercise.id}


def network_shown(plan: Plan, study: Study, exercise: Exercise) -> dict[str, Any]:
    """Return the settings of the variant whose layers an exercise shows, as plain values."""
    return plan.network(study, exercise).settings.of_training()


def predicted_by(study: Study, variant: Variant) -> dict[str, Any]:
    """Return the settings that a task with predictions of its own needs beside the networks."""
    if "predict" not in study.task.own_modules:
        return {}
    sampling = variant.settings.sampling
    return {
        "scaled": variant.settings.input.plain(),
        "sampling": sampling.plain() if sampling else None,
        "classes": len(study.data.classes),
    }


def samplings(plan: Plan, study: Study) -> dict[str, dict[str, Any]]:
    """Return the rules by which a study's variants choose patches, by the variants' names."""
    names: dict[str, list[str]] = {}
    rules: dict[str, dict[str, Any]] = {}
    for _, variant in plan.trained_variants(plan.whole[study.name]):
        if sampling := variant.settings.sampling:
            plain = sampling.plain()
            names.setdefault(str(plain), []).append(variant.name)
            rules[str(plain)] = plain
    return {", ".join(names[key]): plain for key, plain in rules.items()}


def decoders(plan: Plan, study: Study) -> dict[str, str]:
    """Return the versions of the packages that decode a study's images, by name."""
    kind = plan.layout(study)["kind"]
    if kind in SEVERAL:  # decoded without a package
        return {}
    return versions_of(["nibabel" if kind == VOLUMES else "pillow"])


def archive_records(plan: Plan) -> dict[str, dict[str, Any]]:
    """Return path, files and SHA-256 of each study's archive, which must not cause a rerun."""
    return {
        name: {
            "path": choice.path,
            "files": list(choice.files),
            "sha256": plan.facts[name].sha256,
        }
        for name, choice in plan.archives.items()
    }


def data_facts(plan: Plan) -> list[dict[str, str]]:
    """Return what an archive of the results says of each study's data."""
    return [
        {
            "name": name,
            "title": study.title,
            "archive": form.title if (form := plan.form(study)) else study.data.archive,
            "kind": plan.archives[name].kind,
            "sha256": plan.facts[name].sha256,
            "terms": study.data.terms or "not stated in the study",
            "citation": study.data.citation or "not stated in the study",
            "url": study.data.download.address if study.data.download else "",
        }
        for name, study in plan.studies.items()
    ]


def digest(plan: Plan, report: Report) -> str:
    """Digest the studies of a report with all texts."""
    return _digest([plan.studies[name] for name in report.studies])


def settings_digest(plan: Plan, study: Study) -> str:
    """Digest all settings of all variants of a study, and their origins."""
    return _digest(
        [
            [v.key, list(v.settings.leaves()), v.asked, v.origins, v.source, v.base, v.same_as]
            for _, exercise in plan.exercises(study)
            for v in plan.tested(exercise)
        ]
    )


def in_words(path: str) -> str:
    """Name a setting in a figure: "dropout rate" for model.dropout.rate."""
    return " ".join(path.split(".")[-2:]).replace("_", " ")


def _different_images(variant: Variant, other: Variant) -> str:
    """Say that two compared variants are trained on different images, or nothing."""
    own, others = _trained_on(variant), _trained_on(other)
    return "" if own == others else f"trained on different images: {own} against {others}"


def _trained_on(variant: Variant) -> str:
    """Name the images that a variant is trained on."""
    settings = variant.settings
    return f"{settings.fit}, divided at random" if settings.split else settings.fit


def _digest(words: Any) -> str:
    text = json.dumps(
        words, default=lambda item: str(item) if isinstance(item, Task) else vars(item)
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]
