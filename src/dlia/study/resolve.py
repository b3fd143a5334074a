"""From a study's layers of settings to its variants: merged, defaults filled in, all checked.

The layers of a variant, later ones over earlier ones: the settings' defaults, the study's, the
exercise's, its own keys. With ``base:`` the resolved settings of that variant replace the first
three. Blocks are merged key by key, but a block that states its ``name`` replaces the whole block,
and so does a list.
"""

import copy
from dataclasses import replace

from dlia.study.alternatives import candidates, readings
from dlia.study.check_claims import claim_problems
from dlia.study.check_relations import relation_problems, source_problems
from dlia.study.check_settings import settings_problems
from dlia.study.document import (
    Assumption,
    Document,
    ExerciseBlock,
    Record,
    Resources,
)
from dlia.study.messages import Problem, suggestion
from dlia.study.model import Exercise, Origin, Study, Variant
from dlia.study.overlay import covers, layer_of, overlay, paths, replaced_blocks
from dlia.study.part_names import TEST
from dlia.study.printed import Reported, parse_reported, text_of_runs
from dlia.study.quantities import SHARES
from dlia.study.read_claims import read_claims
from dlia.study.reported_values import ReportedByPart
from dlia.study.settings import Settings
from dlia.study.task import Task
from dlia.study.validate import FaultyError, parse, refuse


class Resolver:
    """Resolves the variants of one study file; each is resolved once, its base before it."""

    def __init__(self, name: str, shown: str, document: Document, task: Task) -> None:
        self.name, self.shown, self.document, self.task = name, shown, document, task
        self.resolved: dict[str, Variant] = {}

    def study(self) -> Study:
        """Resolve all variants of the file."""
        document = self.document
        exercises = {id_: self._exercise(id_, block) for id_, block in document.exercises.items()}
        refuse(self.shown, relation_problems(self.task, exercises, self.resolved))
        refuse(self.shown, source_problems(document.sources, self.resolved))
        refuse(self.shown, claim_problems(document, self.task, self.resolved))
        return Study(
            self.name,
            document.title,
            self.task,
            {key: source.citation for key, source in document.sources.items()},
            document.data,
            exercises,
            {key: source.best for key, source in document.sources.items() if source.best},
            read_claims(document, self.task, self.resolved),
            margins={str(name): margin for name, margin in document.margins.items()},
            shows_images=document.report.images,
        )

    def _exercise(self, id_: str, block: ExerciseBlock) -> Exercise:
        variants = {name: self.variant(f"{id_}/{name}", ()) for name in block.variants}
        return Exercise(
            id_,
            block.title,
            block.question,
            variants,
            block.learning_speed.level if block.learning_speed else None,
            tuple(block.boundary or ()),
            tuple(block.shows),
            block.network or "",
            block.agreement,
            block.sweep,
        )

    def variant(self, key: str, chain: tuple[str, ...]) -> Variant:
        """Resolve the variant ``key``; ``chain`` holds those that are built on it."""
        if key in self.resolved:
            return self.resolved[key]
        exercise, name = key.split("/")
        where = f"exercises.{exercise}.variants.{name}"
        if name in {"data", "figures", "readings"}:
            refuse(self.shown, [Problem(where, "is a folder of results; choose another name")])
        written = self.document.exercises[exercise].variants[name]
        own = {k: v for k, v in written.items() if k not in Record.model_fields}
        record = self._record(where, written, bool(own))
        parent_key = record.base or record.same_as or record.weights_of
        parent = self._parent(where, key, parent_key, chain) if parent_key else None
        settings, origins = self._merge(exercise, own, record, parent, where)
        assumed = self._assumed(where, record, own, parent, origins)
        for leaf, origin in origins.items():
            # What a base assumed stays an assumption in what is built on it.
            covering = [path for path in assumed if covers(path, leaf)]
            if any(path in (record.assumed or {}) for path in covering):
                origins[leaf] = Origin("assumed", assumed=True)
            elif covering and origin.kind != "own":
                origins[leaf] = origin._replace(assumed=True)
        reported = _by_part(record)
        variant = Variant(
            self.name,
            exercise,
            name,
            settings,
            origins,
            base=record.base or "",
            base_trained_as=parent.trained_as if parent and record.base else "",
            compare_with=record.compare_with or record.base or record.weights_of or "",
            same_as=parent.predicted_as if parent and record.same_as else "",
            weights_of=_weights_of(record, parent),
            source=record.source or "",
            comment=record.comment or "",
            needs_gpu=record.needs == "gpu",
            resources=record.resources or Resources(),
            assumed=assumed,
            reported=reported.pop(TEST, {}),
            reported_on=reported,
        )
        self.resolved[key] = self._with_alternatives(where, variant, record)
        return self.resolved[key]

    def _with_alternatives(self, where: str, variant: Variant, record: Record) -> Variant:
        """Give a variant the trainings of other values of its settings."""
        read = {
            path: stated
            for path, stated in (record.assumed or {}).items()
            if isinstance(stated, Assumption)
        }
        text = "needs no training; write a variant with weights_of and its own prediction instead"
        predicted = [
            path
            for path, stated in read.items()
            if (stated.readings or stated.needs_gpu) and covers("prediction", path)
        ]
        refuse(self.shown, [Problem(f"{where}.assumed.{p}.readings", text) for p in predicted])
        if not variant.trains:
            text = f"belongs to {variant.trained_as}, which is the training; move it there"
            stated = [*(["chosen_from"] if record.chosen_from else [])]
            stated += [f"assumed.{p}.readings" for p in read if not covers("prediction", p)]
            refuse(self.shown, [Problem(f"{where}.{path}", text) for path in stated])
        if variant.same_as:
            same = self.resolved[variant.same_as]
            also = [path for path in record.assumed or {} if path not in same.assumed]
            return replace(variant, readings=same.readings, unread=(*same.unread, *also))

        def faults(settings: Settings) -> list[Problem]:
            return settings_problems(settings, self.document, self.task)

        on_folds = record.chosen_on == "folds"
        if on_folds and self.document.data.has_validation:
            text = "folds: data.layout names the validation part; write validation"
            refuse(self.shown, [Problem(f"{where}.chosen_on", text)])
        chosen, problems = candidates(variant, record.chosen_from or {}, on_folds, faults)
        others, more = readings(variant, read, faults)
        refuse(self.shown, [Problem(f"{where}.{p.path}", p.message) for p in problems + more])
        unread = tuple(path for path in variant.assumed if path not in read)
        return replace(variant, candidates=tuple(chosen), readings=tuple(others), unread=unread)

    def _record(self, where: str, written: dict[str, object], trains: bool) -> Record:
        """Read what accompanies a variant's numbers; ``trains`` if it states settings, too."""
        stated = {k: v for k, v in written.items() if k in Record.model_fields}
        try:
            record, problems = parse(Record, stated), []
        except FaultyError as refused:
            record, problems = Record(), refused.problems
        stated_as = [key for key in ("base", "same_as", "weights_of") if getattr(record, key)]
        problems += [
            Problem(key, f"cannot be combined with {stated_as[0]}") for key in stated_as[1:]
        ]
        own = written.keys() - Record.model_fields.keys()
        for key, allowed in (("same_as", set()), ("weights_of", {"prediction"})):
            problems += [
                Problem(
                    name, f"cannot be combined with {key}: the variant has no training of its own"
                )
                for name in sorted(own - allowed)
                if trains and key in written
            ]
        if record.weights_of and not own:
            text = "needs a prediction block of its own; without one, write same_as"
            problems.append(Problem("weights_of", text))
        sources = list(self.document.sources)
        key = (record.source or "").partition(" ")[0]
        if record.source and key not in sources and not problems:
            text = f"{key} is none of the study's sources{suggestion(key, sources)}"
            problems.append(Problem("source", text))
        metrics = list(self.task.reported)
        problems += [
            Problem(
                f"reported.{metric}",
                f"is no metric of a {self.task}{suggestion(metric, metrics)}",
            )
            for metric in record.reported or {}
            if metric not in metrics and not problems
        ]
        problems += [
            Problem(f"reported.{metric}", f"{text!r} is more than a share can be")
            for printed in _by_part(record).values()
            for metric, reported in printed.items()
            for text in reported.text.split(", ")
            if not problems and self._is_share(metric) and (parse_reported(text).value or 0) > 1
        ]
        refuse(self.shown, [Problem(f"{where}.{p.path}", p.message) for p in problems])
        return record

    def _is_share(self, metric: str) -> bool:
        return self.task.known[metric].family in SHARES

    def _parent(self, where: str, key: str, parent: str, chain: tuple[str, ...]) -> Variant:
        if parent == key or parent in chain:
            round_trip = chain[chain.index(parent) :] if parent in chain else ()
            circle = " -> ".join([*round_trip, key, parent])
            refuse(self.shown, [Problem(where, f"is built on itself: {circle}; break the circle")])
        exercises = self.document.exercises
        exercise, _, name = parent.partition("/")
        if exercise not in exercises or name not in exercises[exercise].variants:
            known = [f"{e}/{v}" for e, block in exercises.items() for v in block.variants]
            text = f"there is no variant {parent} to build on{suggestion(parent, known)}"
            refuse(self.shown, [Problem(where, text)])
        return self.variant(parent, (*chain, key))

    def _merge(
        self,
        exercise: str,
        own: dict[str, object],
        record: Record,
        parent: Variant | None,
        where: str,
    ) -> tuple[Settings, dict[str, Origin]]:
        """Merge the layers; give the settings and the origin of each of their paths."""
        layers: list[tuple[Origin, str, dict[str, object]]] = []
        if parent:
            word = "base" if record.base else "same as" if record.same_as else "weights of"
            layers.append((Origin(word, parent.key), where, parent.settings.plain()))
        else:
            defaults = copy.deepcopy(self.document.defaults)
            layers.append((Origin("study"), "defaults", defaults))
            defaults = copy.deepcopy(self.document.exercises[exercise].defaults)
            layers.append((Origin("exercise"), f"exercises.{exercise}.defaults", defaults))
        layers.append((Origin("own"), where, copy.deepcopy(own)))

        merged: dict[str, object] = {}
        origins: dict[str, Origin] = {}
        places: dict[str, str] = {}
        for origin, written, layer in layers:
            overlay(merged, layer)
            for block_name in replaced_blocks(layer):
                inside = f"{block_name}."
                origins = {p: o for p, o in origins.items() if not p.startswith(inside)}
                places = {p: o for p, o in places.items() if not p.startswith(inside)}
            origins.update(dict.fromkeys(paths(layer), origin))
            places.update(dict.fromkeys(paths(layer, blocks=True), written))
        try:
            settings = parse(Settings, merged)
            problems = settings_problems(settings, self.document, self.task)
        except FaultyError as refused:
            problems = refused.problems
        refuse(
            self.shown,
            [Problem(f"{layer_of(places, p.path, where)}.{p.path}", p.message) for p in problems],
        )
        default = Origin("default")
        return settings, {path: origins.get(path, default) for path in paths(settings.plain())}

    def _assumed(
        self,
        where: str,
        record: Record,
        own: dict[str, object],
        parent: Variant | None,
        origins: dict[str, Origin],
    ) -> dict[str, str]:
        """Give the assumptions that hold: the base's as far as they are not overridden, and own."""
        known = list(origins)
        stated = record.assumed or {}
        for path in stated:
            if not any(covers(path, leaf) for leaf in known):
                text = f"is no setting of this variant{suggestion(path, known)}"
                refuse(self.shown, [Problem(f"{where}.assumed.{path}", text)])
        stated_here = [*paths(own), *replaced_blocks(own)]
        left = [leaf for leaf in known if not any(covers(path, leaf) for path in stated_here)]
        inherited = {
            path: reason
            for path, reason in (parent.assumed if parent else {}).items()
            if any(covers(path, leaf) for leaf in left)
        }
        reasons = {
            path: reason.because if isinstance(reason, Assumption) else reason
            for path, reason in stated.items()
        }
        return {**inherited, **reasons}


def _by_part(record: Record) -> dict[str, dict[str, Reported]]:
    """Give the reported values by part and metric."""
    found: dict[str, dict[str, Reported]] = {}
    for metric, printed in (record.reported or {}).items():
        texts = printed.texts() if isinstance(printed, ReportedByPart) else {TEST: printed}
        for part, text in texts.items():
            found.setdefault(part, {})[metric] = parse_reported(text_of_runs(text))
    return found


def _weights_of(record: Record, parent: Variant | None) -> str:
    """Give the training whose networks a variant predicts with, if it is not its own or same_as."""
    if parent is None or record.base:
        return ""
    return parent.trained_as if record.weights_of else parent.weights_of
