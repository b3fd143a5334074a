"""The plan of a build, as the rules of the workflow need it.

Every start of Snakemake imports this module, so it imports no numerical library.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dlia.data.choice import REAL, STANDIN, ArchiveFacts, Choice, archive_facts, choose_archive
from dlia.errors import UserError
from dlia.formatting import setting_text
from dlia.plan.reports import FRONT_PAGE, NUMBER_FILES, TABLES, check_reports, reports_of
from dlia.runtime.gpus import has_gpu
from dlia.study.config import ORIGIN, Config, Report, load_config, resolve_config
from dlia.study.document import Form
from dlia.study.layout_volumes import VOLUMES
from dlia.study.leave_out import NEEDS_GPU, without
from dlia.study.load import all_tested
from dlia.study.model import Exercise, Study, Variant
from dlia.study.resource_estimate import hours, megabytes, work_of
from dlia.study.shorten import Limits, shortened
from dlia.study.task import Task
from dlia.tasks.studies import load_studies
from dlia.training.input_shape import input_shape

# The tables that every exercise has, in addition to the tables of its task.
SUMMARIES = ("summary", "fit", "comparisons")
# What an exercise shows as a figure alone, and as a table alone.
FIGURES_ONLY, TABLES_ONLY = ("samples", "random_samples"), ("layers", "test_labels")
STANDIN_TRIALS = 2  # at most, unless config.yaml gives a number


@dataclass(frozen=True)
class Plan:
    """The configuration, the studies and the archives that they are built from.

    Attributes:
        config: The validated config.yaml.
        studies: The studies, by name, without the variants that the build leaves out.
        whole: The complete studies, by name; any of their variants can be named as a target.
        archives: The archive that each study is built from, by the study's name.
        facts: What is known of each archive before it is unpacked, by the study's name.
        cluster: Whether trainings are submitted to a cluster.
    """

    config: Config
    studies: dict[str, Study]
    whole: dict[str, Study]
    archives: dict[str, Choice]
    facts: dict[str, ArchiveFacts]
    cluster: bool = False

    @classmethod
    def read(
        cls, config: dict[str, Any], root: Path, cluster: bool = False, origin: str = ORIGIN
    ) -> "Plan":
        """Check the configuration and the studies, and choose the archives.

        Args:
            config: The content of config.yaml, with the values of --config in place.
            root: The folder of the build; its studies replace those of the project.
            cluster: Whether trainings are submitted to a cluster.
            origin: Where the configuration comes from, in words.

        Raises:
            UserError: The configuration or a study is invalid. That an archive is missing or
                invalid is an error of the targets that need it: see ``refusal``.
        """
        settings = resolve_config(config, origin)
        studies = load_studies(settings.studies, root)
        check_reports(settings, root)
        found = {name: _archive(study, settings) for name, study in studies.items()}
        plan = cls(
            settings,
            studies,
            studies,
            {name: choice for name, (choice, _) in found.items()},
            {name: facts for name, (_, facts) in found.items()},
            cluster,
        )
        whole = {name: shortened(study, plan.limits(study)) for name, study in studies.items()}
        built = {name: without(study, plan.left_out(study)) for name, study in whole.items()}
        return replace(plan, whole=whole, studies=built)

    def limits(self, study: Study) -> Limits:
        """Return the most epochs and trials of a study's variants, as config.yaml or it says."""
        drawn = self.archives[study.name].kind == STANDIN
        most = self.config.max_epochs
        if most is None and drawn:
            most = study.data.standin.max_epochs
        few = drawn and self.config.trials is None
        epochs = most if isinstance(most, int) else None  # not if it is "full"
        other = drawn and study.data.standin.model is not None
        return Limits(epochs, STANDIN_TRIALS if few else None, other)

    def weights(self, study: Study, variant: Variant) -> str:
        """Return the file of pre-trained weights that a training starts from, or ""."""
        said = getattr(variant.settings.model, "weights", None)
        if said is None:
            return ""
        choice = self.archives[study.name]
        if choice.kind == STANDIN:
            return _drawn_weights(study, variant)
        return str(Path(choice.path).parent / said.file)

    def missing_weights(self, study: Study, variant: Variant) -> str:
        """Return what to do if a file of pre-trained weights is missing, or ""."""
        path, said = self.weights(study, variant), getattr(variant.settings.model, "weights", None)
        if said is None or self.archives[study.name].kind == STANDIN or Path(path).is_file():
            return ""
        return (
            f"{path}: no such file of pre-trained weights, from which {variant.key} starts\n"
            f"Put it there. Its SHA-256 begins with {said.sha256[:16]}. Origin: {said.origin}"
        )

    def pretrained(self, study: Study) -> dict[str, dict[str, Any]]:
        """Return the networks whose stand-in weights are trained, as plain values, by file."""
        if self.archives[study.name].kind != STANDIN:
            return {}
        whole, found = self.whole[study.name], dict[str, dict[str, Any]]()
        candidates = [v for each in whole.exercises.values() for v in each.candidate_trainings]
        for variant in [*(v for _, v in self._trained([whole])), *candidates]:
            if path := self.weights(study, variant):
                found.setdefault(path, variant.settings.model.plain())
        return found

    def refusal(self, study: Study) -> str:
        """Return why a study cannot be built, all other missing archives, and what to do; or ""."""
        faults = {name: c.fault.split("\n") for name, c in self.archives.items() if c.fault}
        if study.name not in faults:
            return ""
        what, *remedy = faults.pop(study.name)
        also = [f"also, for targets of {name}: {other[0]}" for name, other in faults.items()]
        usable = [name for name, choice in self.archives.items() if not choice.fault]
        out = [f"To build only the others: --config 'studies=[{', '.join(usable)}]'"]
        return "\n".join([what, *remedy, *also, *(out if usable else [])])

    def left_out(self, study: Study) -> list[str]:
        """Return the keys of variants and readings that need a GPU if the build has none."""
        # On a stand-in, a smaller network may take the place of one that needs a GPU.
        smaller = self.limits(study).standin_model
        if smaller or self.config.everything or self.requests_gpu(self.cluster):
            return []
        return [
            variant.key
            for exercise in study.exercises.values()
            for variant in all_tested(exercise)
            if variant.needs_gpu and variant.trains
        ]

    def reports(self) -> dict[str, Report]:
        """Return the reports that the build writes, by name; see ``reports_of``."""
        return reports_of(self.config, self.studies)

    def report_files(self) -> dict[str, list[str]]:
        """Return the files of the front page and of the reports, each with the studies in it."""
        files = {
            f"results/reports/{name}.{suffix}": report.studies
            for name, report in self.reports().items()
            for suffix in self.config.formats
        }
        return {FRONT_PAGE: list(self.studies), **files}

    def exercises(self, *studies: Study) -> Iterator[tuple[Study, Exercise]]:
        """Yield each exercise that has variants, with its study; of all studies or some."""
        for study in studies or self.studies.values():
            for exercise in study.exercises.values():
                if exercise.variants:
                    yield study, exercise

    def shows(self, *studies: Study) -> Iterator[tuple[Study, Exercise, str]]:
        """Yield what exercises show without training, as (study, exercise, kind)."""
        for study in studies or self.studies.values():
            for exercise in study.exercises.values():
                for kind in exercise.shows:
                    yield study, exercise, kind

    def showing(self, kind: str) -> list[tuple[Study, Exercise]]:
        """Return the exercises that show ``kind`` (such as "layers"), each with its study."""
        return [(study, exercise) for study, exercise, shown in self.shows() if shown == kind]

    def trained_variants(self, *studies: Study) -> Iterator[tuple[Study, Variant]]:
        """Yield variants and readings that the build trains, with their studies; of all or some."""
        return self._trained(studies or self.studies.values())

    def predicting_variants(
        self, *studies: Study, by_name: bool = False
    ) -> Iterator[tuple[Study, Variant]]:
        """Yield the variants and readings with predictions of their own, each with its study.

        Args:
            studies: Some of the studies; without any, all.
            by_name: Whether those are included that the build leaves out.
        """
        for study in studies or (self.whole if by_name else self.studies).values():
            for exercise in study.exercises.values():
                for variant in self.tested(exercise):
                    if variant.predicted_as == variant.key:
                        yield study, variant

    def variants_by_name(self) -> Iterator[tuple[Study, Variant]]:
        """Yield all that can be trained by name, including what the build leaves out."""
        return self._trained(self.whole.values())

    def _trained(self, studies: Iterable[Study]) -> Iterator[tuple[Study, Variant]]:
        """Yield all variants that are trained themselves, and their readings."""
        for study in studies:
            for exercise in study.exercises.values():
                for variant in self.tested(exercise):
                    if variant.trains:
                        yield study, variant

    def tested(self, exercise: Exercise) -> Iterable[Variant]:
        """Return the variants of an exercise, and their readings if these are asked for."""
        return all_tested(exercise) if self.config.readings else exercise.variants.values()

    def reading(self, *studies: Study) -> Iterator[tuple[Study, Exercise]]:
        """Yield the exercises with readings, each with its study; none if these are not asked."""
        for study, exercise in self.exercises(*studies):
            if self.config.readings and exercise.read:
                yield study, exercise

    def readings_of(self, exercise: Exercise) -> list[dict[str, Any]]:
        """Return what the table of an exercise's readings says about each, the taken ones first."""
        return [
            {
                "variant": v.name,
                "key": key,
                "setting": setting,
                "value": value,
                "taken": not setting,
            }
            for v in exercise.read
            for key, setting, value in [
                (v.key, "", ""),
                *((reading.variant.key, reading.path, reading.text) for reading in v.readings),
            ]
        ]

    def choosing(self) -> Iterator[tuple[Study, Exercise]]:
        """Yield the exercises that choose settings from candidates, each with its study."""
        for study in self.whole.values():
            for exercise in study.exercises.values():
                if exercise.candidates:
                    yield study, exercise

    def candidates(self) -> Iterator[tuple[Study, Variant]]:
        """Yield the candidates of all settings, each with its study; no build trains them."""
        for study, exercise in self.choosing():
            yield from ((study, variant) for variant in exercise.candidate_trainings)

    def candidates_of(self, exercise: Exercise) -> list[dict[str, Any]]:
        """Return what the table of an exercise's choices says about each candidate."""
        return [
            {"variant": v.name, "setting": c.path, "value": str(c.value), "taken": c.taken}
            for v in exercise.variants.values()
            for c in v.candidates
        ]

    def trials(self, variant: Variant) -> int:
        """Return the number of trials of a variant; a number in config.yaml takes precedence.

        What holds a fold out is trained as often as it says: folds are repetitions already.
        """
        own = variant.settings.trials
        return own if variant.settings.held_out_fold is not None else self.config.trials or own

    def layout(self, study: Study) -> dict[str, Any]:
        """Return the layout that unpacking expects: kind, size, channels, classes, and options."""
        data, form = study.data, self.form(study)
        drawn = self.archives[study.name].kind == STANDIN
        size = [data.standin.size] * 2 if drawn else data.size
        arranged = form or data
        return {
            "kind": arranged.layout_name,
            "size": size,
            "channels": data.channels,
            "classes": data.classes,
            **({"options": arranged.layout_options} if arranged.layout_options else {}),
            **({"form": form.title} if form else {}),
        }

    def form(self, study: Study) -> Form | None:
        """Return the release that a study is built from, if it is not the archive itself."""
        number = self.facts[study.name].form
        return None if number is None else study.data.forms[number]

    def predicted_by(self, study: Study, variant: Variant) -> dict[str, Any]:
        """Return the settings that a task with predictions of its own needs beside the networks."""
        if "predict" not in study.task.own_modules:
            return {}
        sampling = variant.settings.sampling
        return {
            "scaled": variant.settings.input.plain(),
            "sampling": sampling.plain() if sampling else None,
            "classes": len(study.data.classes),
        }

    def samplings(self, study: Study) -> dict[str, dict[str, Any]]:
        """Return the rules by which a study's variants choose patches, by the variants' names."""
        names: dict[str, list[str]] = {}
        rules: dict[str, dict[str, Any]] = {}
        for _, variant in self.trained_variants(self.whole[study.name]):
            if sampling := variant.settings.sampling:
                plain = sampling.plain()
                names.setdefault(str(plain), []).append(variant.name)
                rules[str(plain)] = plain
        return {", ".join(names[key]): plain for key, plain in rules.items()}

    def shown(self, variants: Iterable[Variant]) -> list[dict[str, Any]]:
        """Return the facts about variants or readings that their tables and figures need."""
        return [
            {
                "name": variant.name,
                "same_as": variant.same_as,
                "weights_of": variant.weights_of,
                "epochs": variant.text("epochs", variant.settings.epochs),
                "gradient_norms": variant.settings.gradient_norms,
                "reported": {
                    metric: [reported.text, reported.value]
                    for metric, reported in variant.reported.items()
                },
                "reported_on": {
                    part: {metric: [one.text, one.value] for metric, one in reported.items()}
                    for part, reported in variant.reported_on.items()
                },
            }
            for variant in variants
        ]

    def swept(self, exercise: Exercise) -> dict[str, Any]:
        """Return what the figure of a sweep needs: over and by, in words, and places; or nothing.

        Places are pairs of the setting's value and of the line, "" for all lines, by variant.
        """
        sweep = exercise.sweep
        if sweep is None:
            return {}
        places = {}
        for name, variant in exercise.variants.items():
            stated = {leaf.path: leaf.value for leaf in variant.settings.leaves()}
            line = "" if name in sweep.in_all or not sweep.by else setting_text(stated[sweep.by])
            places[name] = [stated[sweep.over], line]
        return {"over": in_words(sweep.over), "by": in_words(sweep.by or ""), "places": places}

    def compared(self, study: Study, exercise: Exercise) -> list[dict[str, str]]:
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

    def tables_compared(self, study: Study, exercise: Exercise) -> dict[str, str]:
        """Return the paths of the tables that comparisons read, by "exercise/name"."""
        involved = [exercise.id, *(v["with"].split("/")[0] for v in self.compared(study, exercise))]
        return {
            f"{id_}/{name}": f"results/{id_}/{name}.csv"
            for id_ in dict.fromkeys(involved)
            for name in (study.task.per_trial, *(["mistakes"] if study.task.mistakes else []))
        }

    def claims(self, study: Study, volatile: bool) -> dict[str, Any]:
        """Return the claims of a study as plain values.

        Args:
            study: The study.
            volatile: True for the claims about run times, False for all others.

        Returns:
            name, metric, data, per_trial, claims, untested (pairs of claim and reason), trained_as
            (for every variant that a claim names, and for every reading of it that is trained, the
            key of the training that gives its results), readings (by variant, triples of setting,
            words and key), unread (by variant, also those without readings, the assumed settings
            without), and reads (whether these are trained).
        """
        claims = [c for c in study.claims.values() if c.is_volatile == volatile]
        named = dict.fromkeys(key for claim in claims for key in claim.variants)
        read = dict.fromkeys(c.of[0] for c in claims if c.may_be_read)
        readings = {
            key: [[r.path, r.words, r.variant.key] for r in found]
            for key in read
            if (found := study.variant(key).readings)
        }
        trained = [r[-1] for found in readings.values() for r in found]
        return {
            "name": study.name,
            "metric": study.metric,
            "data": self.archives[study.name].kind,
            "per_trial": study.task.per_trial,
            "claims": [claim.plain() for claim in claims],
            "untested": [
                [claim.plain(), NEEDS_GPU]
                for claim in study.untested.values()
                if claim.is_volatile == volatile
            ],
            "trained_as": {key: study.variant(key).trained_as for key in named}
            | (dict(zip(trained, trained, strict=True)) if self.config.readings else {}),
            "readings": readings,
            "unread": {key: list(study.variant(key).unread) for key in read},
            "reads": self.config.readings and not volatile,
            "margins": study.margins,
            **({"differs": form.differs} if (form := self.form(study)) and form.differs else {}),
        }

    def judged(self, study: Study, volatile: bool) -> list[str]:
        """Return the keys of the trainings whose results ``claims(study, volatile)`` need."""
        return list(dict.fromkeys(self.claims(study, volatile)["trained_as"].values()))

    def samples(self, study: Study) -> list[str]:
        """Return the files (SVG and PDF) of the figure of a study's sample images."""
        return [f"results/data/{study.name}/figures/samples.{suffix}" for suffix in ("svg", "pdf")]

    def headline(self, study: Study) -> list[str]:
        """Return the files (SVG and PDF) of the figure of all results of a study, if it has any."""
        if not any(exercise.variants for exercise in study.exercises.values()):
            return []
        return [f"results/{study.name}/figures/headline.{suffix}" for suffix in ("svg", "pdf")]

    def build_time(self, study: Study) -> list[str]:
        """Return the files (SVG and PDF) of the figure of the run times of a study's jobs."""
        return [f"results/{study.name}/figures/durations.{suffix}" for suffix in ("svg", "pdf")]

    def figure_files(self, study: Study, exercise: Exercise) -> list[str]:
        """Return the files (SVG and PDF) of an exercise's figures."""
        names = [
            "curves",
            "trials",
            *(["parts"] if exercise.reports_parts else []),
            *(["speed"] if exercise.level else []),
            *(["gradients"] if exercise.records_gradients else []),
            *(["boundary"] if exercise.boundary else []),
            *(f"{picture}_{name}" for picture in study.task.pictures for name in exercise.variants),
        ]
        folder = f"results/{exercise.id}/figures"
        return [f"{folder}/{name}.{suffix}" for name in names for suffix in ("svg", "pdf")]

    def agreement_files(self, exercise: Exercise) -> list[str]:
        """Return the files of an exercise's agreement: the table, and two figures (SVG and PDF)."""
        folder = f"results/{exercise.id}"
        names = [f"{name}.{s}" for name in ("agreement", "masks") for s in ("svg", "pdf")]
        return [f"{folder}/agreement.csv", *(f"{folder}/figures/{name}" for name in names)]

    def agreeing(self, *studies: Study) -> Iterator[tuple[Study, Exercise]]:
        """Yield the exercises whose predictions are compared with each other, with the study."""
        for study, exercise in self.exercises(*studies):
            if exercise.agreement:
                yield study, exercise

    def bases(self, exercise: Exercise) -> dict[str, str]:
        """Return for each variant the one of the same exercise that it is compared with."""
        compared = {v.name: v.compare_with.split("/") for v in exercise.variants.values()}
        return {name: with_[1] for name, with_ in compared.items() if with_[0] == exercise.id}

    def reading_files(self, exercise: Exercise) -> list[str]:
        """Return the files of an exercise's readings: the table, and the figure (SVG and PDF)."""
        folder = f"results/{exercise.id}"
        return [
            f"{folder}/readings.csv",
            *(f"{folder}/figures/readings.{s}" for s in ("svg", "pdf")),
        ]

    def show_files(self, exercise: Exercise, kind: str) -> tuple[list[str], list[str]]:
        """Return the files of what an exercise shows: the tables, and the figures (SVG and PDF)."""
        table = [] if kind in FIGURES_ONLY else [f"results/{exercise.id}/{kind}.csv"]
        stem = f"results/{exercise.id}/figures/{kind}"
        return table, [] if kind in TABLES_ONLY else [f"{stem}.svg", f"{stem}.pdf"]

    def network_shown(self, study: Study, exercise: Exercise) -> dict[str, Any]:
        """Return the settings of the variant whose layers an exercise shows, as plain values."""
        return self.whole[study.name].variant(exercise.network).settings.of_training()

    def images(self, study: Study) -> int:
        """Return an upper bound on the number of images of a study."""
        drawn = study.data.standin.train + study.data.standin.test
        return self.facts[study.name].images or drawn

    def image_shape(self, study: Study) -> tuple[int, int, int]:
        """Return channels, height and width of a study's images."""
        height, width = self.layout(study)["size"]
        return study.data.channels, height, width

    def megabytes(self, study: Study, variant: Variant, at_once: int) -> int:
        """Return the memory in MB that a training needs: as the variant states, or estimated."""
        if variant.resources.mem_mb:
            return variant.resources.mem_mb
        shape = self.image_shape(study)
        seen = input_shape(variant.settings, shape)
        work = work_of(variant.settings, seen, len(study.data.classes))
        return megabytes(variant.settings, work, shape, self.images(study), at_once)

    def hours(self, study: Study, variant: Variant) -> int:
        """Return the hours that a training needs at most: as the variant states, or estimated."""
        if variant.resources.hours:
            return variant.resources.hours
        seen = input_shape(variant.settings, self.image_shape(study))
        work = work_of(variant.settings, seen, len(study.data.classes))
        return hours(variant.settings, work, self.images(study), self.trials(variant))

    def results(self) -> list[str]:
        """Return all result files of the build, so that Snakemake recreates any that is missing."""
        of_variants = [
            f"results/{variant.key}/{name}"
            for _, variant in self.trained_variants()
            for name in ("model.safetensors", "history.csv", "run.json")
        ]
        of_variants += [
            f"results/{variant.key}/predictions.safetensors"
            for _, variant in self.predicting_variants()
        ]
        of_exercises = [
            path
            for study, exercise in self.exercises()
            for path in (
                *(f"results/{exercise.id}/{name}.csv" for name in (*study.task.tables, *SUMMARIES)),
                *([f"results/{exercise.id}/mcnemar.csv"] if study.task.mistakes else []),
                *([f"results/{exercise.id}/speed.csv"] if exercise.level else []),
                *([f"results/{exercise.id}/parts.csv"] if exercise.reports_parts else []),
                *(self.agreement_files(exercise) if exercise.agreement else []),
                *self.figure_files(study, exercise),
            )
        ]
        of_readings = [path for _, e in self.reading() for path in self.reading_files(e)]
        of_studies = [
            path
            for study in self.studies.values()
            for path in (
                f"results/data/{study.name}/balance.csv",
                *self.samples(study),
                *(f"results/{study.name}/{table}.csv" for table in TABLES),
                *self.build_time(study),
                *self.headline(study),
            )
        ]
        of_all = [*(f"results/{table}.csv" for table in TABLES), *NUMBER_FILES]
        of_shows = [
            path
            for _, e, kind in self.shows()
            for files in self.show_files(e, kind)
            for path in files
        ]
        return [*of_variants, *of_exercises, *of_readings, *of_shows, *of_studies, *of_all]

    def packages(self) -> list[str]:
        """Return the packages that only the tasks and layouts of these studies need."""
        studies = self.studies.values()
        volumes = any(study.data.layout_name == VOLUMES for study in studies)
        boxes = any(study.task.boxed for study in studies)
        return ["nibabel"] * volumes + ["torchmetrics", "faster_coco_eval"] * boxes

    def requests_gpu(self, cluster: bool) -> bool:
        """Return whether trainings request a GPU; ``cluster``: whether jobs run on a cluster."""
        wanted = self.config.request_gpu
        if wanted != "auto":
            return bool(wanted)
        if self.config.device == "cpu":
            return False
        return cluster or has_gpu()

    def archive_records(self) -> dict[str, dict[str, Any]]:
        """Return path, files and SHA-256 of each study's archive, which must not cause a rerun."""
        return {
            name: {
                "path": choice.path,
                "files": list(choice.files),
                "sha256": self.facts[name].sha256,
            }
            for name, choice in self.archives.items()
        }

    def data_facts(self) -> list[dict[str, str]]:
        """Return what an archive of the results says of each study's data."""
        return [
            {
                "name": name,
                "title": study.title,
                "archive": study.data.archive,
                "kind": self.archives[name].kind,
                "sha256": self.facts[name].sha256,
                "terms": study.data.terms or "not stated in the study",
                "citation": study.data.citation or "not stated in the study",
                "url": study.data.download.address if study.data.download else "",
            }
            for name, study in self.studies.items()
        ]

    def standin_note(self, studies: set[str]) -> str:
        """Return a note on those of ``studies`` that are built from stand-ins, else ""."""
        drawn = [
            study.data.archive
            for name, study in self.studies.items()
            if name in studies and self.archives[name].kind == STANDIN
        ]
        if not drawn:
            return ""
        remedy = (
            "set standins: auto"
            if self.config.standins is True
            else f"put it into {self.config.data_dir}/ or name its folder by --config data_dir=..."
        )
        return (
            f"generated stand-ins replace {' and '.join(drawn)}: the results will say nothing "
            f"about the original reports.\n      To build from a real archive, {remedy}"
        )

    def device_note(self) -> str:
        """Return a note on the device of the trainings if it may surprise the user, else "".

        Raises:
            UserError: device is cuda, but PyTorch finds no GPU.
        """
        wanted = self.config.device
        if wanted == "auto" and not has_gpu():
            return "no GPU here: trainings run on the CPU (device: auto)"
        if wanted != "cuda":
            return ""
        # Imported here because importing PyTorch takes seconds.
        from dlia.runtime.devices import choose_device

        choose_device(wanted)
        return ""

    def overrides(self, root: Path, keys: tuple[str, ...]) -> dict[str, Any]:
        """Return those of ``keys`` whose value differs from config.yaml in ``root``."""
        written = load_config(root)
        return {
            key: getattr(self.config, key)
            for key in keys
            if getattr(self.config, key) != getattr(written, key)
        }

    def digest(self, report: Report) -> str:
        """Digest the studies of a report with all texts."""
        return _digest([self.studies[name] for name in report.studies])

    def settings_digest(self, study: Study) -> str:
        """Digest all settings of all variants of a study, and their origins."""
        return _digest(
            [
                [v.key, list(v.settings.leaves()), v.asked, v.origins, v.source, v.base, v.same_as]
                for _, exercise in self.exercises(study)
                for v in self.tested(exercise)
            ]
        )


def in_words(path: str) -> str:
    """Name a setting in a figure: "dropout rate" for model.dropout.rate."""
    return " ".join(path.split(".")[-2:]).replace("_", " ")


def _drawn_weights(study: Study, variant: Variant) -> str:
    """Return the file of stand-in weights: one for each network that differs once it is trained."""
    network: dict[str, Any] = variant.settings.model.plain()
    head = {key: network["weights"].get(key) for key in ("head", "outputs")}
    # A training of weights leaves no stage out, and has no output for other classes.
    network = {k: v for k, v in network.items() if k not in ("other_output", "frozen_stages")}
    text = json.dumps({**network, "weights": head}, sort_keys=True)
    name = f"{network['name']}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return f"results/data/{study.name}/standin_weights/{name}.safetensors"


def _archive(study: Study, config: Config) -> tuple[Choice, ArchiveFacts]:
    """Choose the archive of a study; one that cannot be used has its fault."""
    try:
        choice = choose_archive(
            study.data.archive,
            config.data_dir,
            config.standins,
            Path(f"results/data/{study.name}/source.json"),
            [Path(f"results/{exercise}/summary.csv") for exercise in study.exercises],
            study.data.forms,
        )
        return choice, archive_facts(choice, Path(".snakemake/archive_digests.json"), study.data)
    except UserError as error:
        path = str(Path(config.data_dir) / study.data.archive)
        return Choice(path, REAL, fault=str(error)), ArchiveFacts()


def _different_images(variant: Variant, other: Variant) -> str:
    """Say that two compared variants are trained on different images, or nothing."""
    own, others = variant.settings.fit, other.settings.fit
    return "" if own == others else f"trained on different images: {own} against {others}"


def _digest(words: Any) -> str:
    text = json.dumps(
        words, default=lambda item: str(item) if isinstance(item, Task) else vars(item)
    )
    return hashlib.sha256(text.encode()).hexdigest()[:16]
