"""What the workflow builds: the answers that its rules ask for; light, as it is read every time."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from dlia.data.choice import STANDIN, Choice, archive_digest, choose_archive
from dlia.runtime.gpus import has_gpu
from dlia.study.config import Config, load_config, resolve_config
from dlia.study.model import Exercise, Study, Variant
from dlia.study.task import Task
from dlia.tasks import load_studies

# What every exercise has, beside the tables of its task.
SUMMARIES = ("summary", "fit", "comparisons")


@dataclass(frozen=True)
class Plan:
    """The configuration, the studies and the archives that they are built from."""

    config: Config
    studies: dict[str, Study]
    archives: dict[str, Choice]
    digests: dict[str, str]

    @classmethod
    def read(cls, config: dict[str, Any], root: Path) -> "Plan":
        """Check the configuration and the studies below ``root``, and choose the archives.

        Raises:
            UserError: Something in them cannot be built.
        """
        settings = resolve_config(config)
        studies = load_studies(settings.studies, root)
        archives = {
            name: choose_archive(
                study.data.archive,
                settings.data_dir,
                settings.standins,
                Path(f"results/data/{name}/source.json"),
                [Path(f"results/{exercise}/summary.csv") for exercise in study.exercises],
            )
            for name, study in studies.items()
        }
        cache = Path(".snakemake/archive_digests.json")
        digests = {name: archive_digest(choice, cache) for name, choice in archives.items()}
        return cls(settings, studies, archives, digests)

    def exercises(self) -> Iterator[tuple[Study, Exercise]]:
        """Walk all exercises, each with its study."""
        for study in self.studies.values():
            for exercise in study.exercises.values():
                yield study, exercise

    def trained_variants(self) -> Iterator[tuple[Study, Variant]]:
        """Walk all variants that have a training of their own, each with its study."""
        for study, exercise in self.exercises():
            for variant in exercise.variants.values():
                if not variant.same_as:
                    yield study, variant

    def trials(self, variant: Variant) -> int:
        """Give the number of trials of a variant; config.yaml's replaces the variant's own."""
        return self.config.trials or variant.settings.trials

    def layout(self, study: Study) -> dict[str, Any]:
        """Give what unpacking expects in the chosen archive."""
        data = study.data
        drawn = self.archives[study.name].kind == STANDIN
        size = [data.standin.size] * 2 if drawn else data.size
        return {
            "kind": data.layout,
            "size": size,
            "channels": data.channels,
            "classes": data.classes,
        }

    def shown(self, exercise: Exercise) -> list[dict[str, Any]]:
        """Give what tables and figures say of an exercise's variants, beside their results."""
        return [
            {
                "name": variant.name,
                "same_as": variant.same_as,
                "gradient_norms": variant.settings.gradient_norms,
                "reported": {
                    metric: [reported.text, reported.value]
                    for metric, reported in variant.reported.items()
                },
            }
            for variant in exercise.variants.values()
        ]

    def compared(self, study: Study, exercise: Exercise) -> list[dict[str, str]]:
        """Give what is compared in an exercise: each variant and its base, or what it states."""
        return [
            {
                "exercise": exercise.id,
                "name": variant.name,
                "same_as": variant.same_as,
                "trained_as": variant.trained_as,
                "with": variant.compare_with,
                "with_trained_as": study.variant(variant.compare_with).trained_as,
            }
            for variant in exercise.variants.values()
            if variant.compare_with
        ]

    def tables_compared(self, study: Study, exercise: Exercise) -> dict[str, str]:
        """Give the tables that comparisons read, by exercise and name, those of bases included."""
        involved = [exercise.id, *(v["with"].split("/")[0] for v in self.compared(study, exercise))]
        return {
            f"{id_}/{name}": f"results/{id_}/{name}.csv"
            for id_ in dict.fromkeys(involved)
            for name in (study.task.per_trial, *(["mistakes"] if study.task.mistakes else []))
        }

    def claims(self, volatile: bool) -> list[dict[str, Any]]:
        """Give all claims, either those about seconds or the others, as plain values by study.

        Of each study: name, metric, per_trial, data, claims, and ``trained_as``, the key of the
        training of every variant that they name.
        """
        given = []
        for study in self.studies.values():
            claims = [c for c in study.claims.values() if c.is_volatile == volatile]
            named = dict.fromkeys(key for claim in claims for key in (*claim.of, *claim.against))
            given.append(
                {
                    "name": study.name,
                    "metric": study.metric,
                    "data": self.archives[study.name].kind,
                    "per_trial": study.task.per_trial,
                    "claims": [claim.plain() for claim in claims],
                    "trained_as": {key: study.variant(key).trained_as for key in named},
                }
            )
        return given

    def judged(self, volatile: bool) -> list[str]:
        """Give the keys of the trainings that ``claims`` are about."""
        keys = (key for study in self.claims(volatile) for key in study["trained_as"].values())
        return list(dict.fromkeys(keys))

    def samples(self, study: Study) -> list[str]:
        """Give the files of the figure that shows images of a data set, SVG and PDF."""
        return [f"results/data/{study.name}/figures/samples.{suffix}" for suffix in ("svg", "pdf")]

    def build_time(self) -> list[str]:
        """Give the files of the figure that shows where the time went, SVG and PDF."""
        return [f"results/figures/durations.{suffix}" for suffix in ("svg", "pdf")]

    def figure_files(self, study: Study, exercise: Exercise) -> list[str]:
        """Give the files of an exercise's figures, SVG and PDF."""
        names = [
            "curves",
            "trials",
            *(["speed"] if exercise.level else []),
            *(["gradients"] if exercise.records_gradients else []),
            *(["boundary"] if exercise.boundary else []),
            *(f"{picture}_{name}" for picture in study.task.pictures for name in exercise.variants),
        ]
        folder = f"results/{exercise.id}/figures"
        return [f"{folder}/{name}.{suffix}" for name in names for suffix in ("svg", "pdf")]

    def results(self) -> list[str]:
        """Give every file that a build promises, so that a lost one is made again."""
        of_variants = [
            f"results/{variant.key}/{name}"
            for _, variant in self.trained_variants()
            for name in ("model.safetensors", "history.csv", "run.json", "predictions.safetensors")
        ]
        of_exercises = [
            path
            for study, exercise in self.exercises()
            for path in (
                *(f"results/{exercise.id}/{name}.csv" for name in (*study.task.tables, *SUMMARIES)),
                *([f"results/{exercise.id}/mcnemar.csv"] if study.task.mistakes else []),
                *([f"results/{exercise.id}/speed.csv"] if exercise.level else []),
                *self.figure_files(study, exercise),
            )
        ]
        of_studies = [
            path
            for study in self.studies.values()
            for path in (f"results/data/{study.name}/balance.csv", *self.samples(study))
        ]
        tables = ("claims", "claims_timing", "hyperparameters")
        of_all = [*(f"results/{table}.csv" for table in tables), *self.build_time()]
        return [*of_variants, *of_exercises, *of_studies, *of_all]

    def requests_gpu(self, cluster: bool) -> bool:
        """Tell whether a training asks Snakemake for a GPU."""
        wanted = self.config.request_gpu
        if wanted != "auto":
            return bool(wanted)
        if self.config.device == "cpu":
            return False
        return cluster or has_gpu()

    def device_note(self) -> str:
        """Say on what trainings will run here, if that may surprise.

        Raises:
            UserError: A GPU is wanted, and there is none.
        """
        wanted = self.config.device
        if wanted == "auto" and not has_gpu():
            return "no GPU here: trainings run on the CPU (device: auto)"
        if wanted != "cuda":
            return ""
        # Only now: to import PyTorch takes seconds.
        from dlia.runtime.devices import choose_device

        choose_device(wanted)
        return ""

    def overrides(self, root: Path, keys: tuple[str, ...]) -> dict[str, Any]:
        """Give those of ``keys`` that have another value than in config.yaml below ``root``."""
        written = load_config(root)
        return {
            key: getattr(self.config, key)
            for key in keys
            if getattr(self.config, key) != getattr(written, key)
        }

    def digest(self) -> str:
        """Digest all that the studies say, words included: what the report is written from."""
        return _digest(self.studies)

    def settings_digest(self) -> str:
        """Digest all settings of all variants, and who decided on them."""
        return _digest(
            [
                [v.key, list(v.settings.leaves()), v.origins, v.source, v.base, v.same_as]
                for _, exercise in self.exercises()
                for v in exercise.variants.values()
            ]
        )


def _digest(words: Any) -> str:
    text = json.dumps(
        words, default=lambda item: str(item) if isinstance(item, Task) else vars(item)
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(item: Any) -> Any:
    """Give what JSON does not know as something that it does."""
    if isinstance(item, BaseModel):
        return item.model_dump()
    return str(item) if isinstance(item, Task) else vars(item)
