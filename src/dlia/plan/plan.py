"""The plan of a build, as the rules of the workflow need it.

Every start of Snakemake imports this module, so it imports no numerical library.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dlia.data.choice import ArchiveFacts, Choice, archive_facts, choose_archive
from dlia.errors import UserError
from dlia.plan.reports import check_reports, reports_of, studies_of_reports
from dlia.runtime.gpus import has_gpu
from dlia.study.config import ORIGIN, Config, Report, resolve_config
from dlia.study.data_block import Form
from dlia.study.leave_out import without
from dlia.study.load import all_tested
from dlia.study.model import Exercise, Study, Variant
from dlia.study.origins import REAL, STANDIN, STANDIN_WEIGHTS, resting_on
from dlia.study.shorten import Limits, shortened, stated_weights
from dlia.tasks.studies import load_studies

STANDIN_TRIALS = 1  # unless config.yaml gives a number


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
        """Return what the build trains less of, and otherwise, than a study asks for."""
        drawn = self.archives[study.name].kind == STANDIN
        most = self.config.max_epochs
        if most is None and drawn:
            most = study.data.standin.max_epochs
        few = drawn and self.config.trials is None
        epochs = most if isinstance(most, int) else None  # not if it is "full"
        other = drawn and study.data.standin.model is not None
        return Limits(epochs, STANDIN_TRIALS if few else None, other, self._absent_weights(study))

    def _absent_weights(self, study: Study) -> tuple[str, ...]:
        """Return the files of pre-trained weights that stand-in weights replace."""
        own = getattr(study.data.standin.model, "weights", None)
        variants = [v for e in study.exercises.values() for v in e.variants.values()]
        said = [own, *map(stated_weights, variants)]
        files = tuple(dict.fromkeys(each.file for each in said if each))
        if self.archives[study.name].kind == STANDIN:
            return files
        absent = [file for file in files if not self._beside(study, file).is_file()]
        if not absent or self.config.standins is False:
            return ()
        rest_on = {weights_of_results(variant) for variant in variants}
        return tuple(file for file in absent if file not in rest_on)

    def _beside(self, study: Study, file: str) -> Path:
        """Return where a file of weights lies: beside the study's archive."""
        return Path(self.archives[study.name].path).parent / file

    def weights(self, study: Study, variant: Variant) -> str:
        """Return the file of pre-trained weights that a training starts from, or ""."""
        if STANDIN_WEIGHTS in variant.replaced:
            return _drawn_weights(study, variant)
        said = stated_weights(variant)
        return str(self._beside(study, said.file)) if said else ""

    def missing_weights(self, study: Study, variant: Variant) -> str:
        """Return why stand-in weights must not replace a missing file, and what to do; or ""."""
        path, said = self.weights(study, variant), stated_weights(variant)
        if not said or STANDIN_WEIGHTS in variant.replaced or Path(path).is_file():
            return ""
        why = (
            "standins: false allows no stand-in weights"
            if self.config.standins is False
            else "results rest on it, which stand-in weights would replace"
        )
        return (
            f"{path}: no such file of pre-trained weights, from which {variant.key} starts; {why}\n"
            f"Put it there. Its SHA-256 begins with {said.sha256[:16]}. Origin: {said.origin}"
        )

    def data_of(self, study: Study, variant: Variant) -> str:
        """Return what a variant's results rest on, as tables say it."""
        return resting_on(self.archives[study.name].kind, variant.otherwise)

    def pretrained(self, study: Study) -> dict[str, dict[str, Any]]:
        """Return the networks whose stand-in weights are trained, as plain values, by file."""
        whole, found = self.whole[study.name], dict[str, dict[str, Any]]()
        candidates = [v for each in whole.exercises.values() for v in each.candidate_trainings]
        for variant in [*(v for _, v in self._trained([whole])), *candidates]:
            if STANDIN_WEIGHTS in variant.replaced:
                path = self.weights(study, variant)
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
        out = [f"To build only what has an archive: --config 'studies=[{', '.join(usable)}]'"]
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

    def network(self, study: Study, exercise: Exercise) -> Variant:
        """Return the variant whose network an exercise shows, even if the build leaves it out."""
        return self.whole[study.name].variant(exercise.network)

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

    def agreeing(self, *studies: Study) -> Iterator[tuple[Study, Exercise]]:
        """Yield the exercises whose predictions are compared with each other, with the study."""
        for study, exercise in self.exercises(*studies):
            if exercise.agreement:
                yield study, exercise

    def requests_gpu(self, cluster: bool) -> bool:
        """Return whether trainings request a GPU; ``cluster``: whether jobs run on a cluster."""
        wanted = self.config.request_gpu
        if wanted != "auto":
            return bool(wanted)
        if self.config.device == "cpu":
            return False
        return cluster or has_gpu()

    def overrides(
        self, written: Config, keys: tuple[str, ...], studies: Sequence[str]
    ) -> dict[str, Any]:
        """Return those of ``keys`` whose value differs from that in config.yaml.

        Args:
            written: What config.yaml says.
            keys: The keys.
            studies: The studies of a report; they are among what is returned if config.yaml alone
                makes no report of just these.
        """
        plain = studies_of_reports(written, written.studies).values()
        as_written = any(own == [*studies] for own in plain)
        return ({} if as_written else {"studies": [*studies]}) | {
            key: getattr(self.config, key)
            for key in keys
            if getattr(self.config, key) != getattr(written, key)
        }


def weights_of_results(variant: Variant) -> str:
    """Return what the record of a training says of the weights that it began with, or ""."""
    if not stated_weights(variant):
        return ""
    try:
        record = json.loads(Path(f"results/{variant.key}/run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(record.get("weights", ""))


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
