"""From a study's layers of settings to its variants: merged, defaults filled in, all checked.

The layers of a variant, later ones over earlier ones: the schema's defaults, the study's, the
exercise's, its own keys. With ``base:`` the resolved settings of that variant replace the first
three. Blocks are merged key by key, but a block that states its ``name`` replaces the whole block,
and so does a list.
"""

import copy
from typing import Any

from dlia.errors import UserError, listing
from dlia.study.check_claims import claim_problems
from dlia.study.check_relations import relation_problems
from dlia.study.check_settings import settings_problems
from dlia.study.messages import Problem, suggestion
from dlia.study.model import REPORTED_METRICS, Exercise, Study, Variant
from dlia.study.overlay import covers, layer_of, overlay, paths, replaced_blocks
from dlia.study.printed import parse_reported
from dlia.study.read_claims import read_claims
from dlia.study.schema import check, fill, load_schema


def refuse(shown: str, problems: list[Problem]) -> None:
    """Raise a UserError for all ``problems`` of the file ``shown``, if there are any."""
    if problems:
        lines = [f"{shown}: {problem.path}: {problem.message}" for problem in problems]
        raise UserError(lines[0] if len(lines) == 1 else f"{shown}:\n{listing(lines)}")


class Resolver:
    """Resolves the variants of one study file; each is resolved once, its base before it."""

    def __init__(self, name: str, shown: str, document: dict[str, Any]) -> None:
        self.name, self.shown, self.document = name, shown, document
        self.schema = load_schema("variant")
        # For the blocks that a variant changes; its base has the others, and they are checked.
        self.changes_schema = {key: v for key, v in self.schema.items() if key != "required"}
        self.record_schema = {"type": "object", "properties": self.schema["x-record"]}
        self.record_keys = set(self.schema["x-record"])
        self.resolved: dict[str, Variant] = {}

    def study(self) -> Study:
        """Resolve all variants of the file."""
        exercises = {
            id_: self._exercise(id_, block) for id_, block in self.document["exercises"].items()
        }
        document = self.document
        sources = list(document["sources"])
        refuse(self.shown, relation_problems(document["task"], exercises, self.resolved))
        refuse(self.shown, claim_problems(document, self.resolved, sources))
        trained_on = {
            key: source["fit"] for key, source in document["sources"].items() if "fit" in source
        }
        return Study(
            self.name,
            document["title"],
            document["task"],
            {key: source["citation"] for key, source in document["sources"].items()},
            {**document["data"], "dataset": self.name},
            exercises,
            read_claims(document, self.resolved, trained_on),
        )

    def _exercise(self, id_: str, block: dict[str, Any]) -> Exercise:
        variants = {name: self.variant(f"{id_}/{name}", ()) for name in block["variants"]}
        return Exercise(
            id_,
            block["title"],
            block["question"],
            variants,
            block.get("learning_speed", {}).get("level"),
            tuple(block.get("boundary", ())),
        )

    def variant(self, key: str, chain: tuple[str, ...]) -> Variant:
        """Resolve the variant ``key``; ``chain`` holds those that are built on it."""
        if key in self.resolved:
            return self.resolved[key]
        exercise, name = key.split("/")
        where = f"exercises.{exercise}.variants.{name}"
        if name in {"data", "figures"}:
            refuse(self.shown, [Problem(where, "is a folder of results; choose another name")])
        own = self.document["exercises"][exercise]["variants"][name]
        record = {k: v for k, v in own.items() if k in self.record_keys}
        self._check_record(where, record, own)
        parent_key = record.get("base") or record.get("same_as")
        parent = self._parent(where, key, parent_key, chain) if parent_key else None
        settings, origins = self._merge(exercise, own, parent, where)
        assumed = self._assumed(where, record, own, parent, origins)
        for leaf in origins:
            # What a base assumed stays an assumption in what is built on it.
            covering = [path for path in assumed if covers(path, leaf)]
            if any(path in record.get("assumed", {}) for path in covering):
                origins[leaf] = "assumed"
            elif covering and origins[leaf] != "own":
                origins[leaf] = f"{origins[leaf]} (assumed)"
        self.resolved[key] = Variant(
            self.name,
            exercise,
            name,
            settings,
            origins,
            base=record.get("base", ""),
            base_trained_as=parent.trained_as if parent and "base" in record else "",
            compare_with=record.get("compare_with", record.get("base", "")),
            same_as=self._root(record.get("same_as", "")),
            source=record.get("source", ""),
            comment=record.get("comment", ""),
            assumed=assumed,
            reported={
                metric: parse_reported(text) for metric, text in record.get("reported", {}).items()
            },
        )
        return self.resolved[key]

    def _root(self, same_as: str) -> str:
        """Follow ``same_as`` to the variant that is trained."""
        return self.resolved[same_as].trained_as if same_as else ""

    def _check_record(self, where: str, record: dict[str, Any], own: dict[str, Any]) -> None:
        problems = check(record, self.record_schema)
        if "base" in record and "same_as" in record:
            problems.append(Problem("same_as", "cannot stand beside base"))
        extra = sorted(set(own) - self.record_keys) if "same_as" in record else []
        problems += [
            Problem(key, "cannot stand beside same_as: the variant has no training of its own")
            for key in extra
        ]
        sources = list(self.document["sources"])
        key = str(record.get("source", "")).split(" ")[0]
        if key and key not in sources and not problems:
            text = f"{key} is none of the study's sources{suggestion(key, sources)}"
            problems.append(Problem("source", text))
        metrics = REPORTED_METRICS[self.document["task"]]
        problems += [
            Problem(f"reported.{metric}", f"is no metric of a {self.document['task']}")
            for metric in record.get("reported", {})
            if metric not in metrics and not problems
        ]
        refuse(self.shown, [Problem(f"{where}.{p.path}", p.message) for p in problems])

    def _parent(self, where: str, key: str, parent: str, chain: tuple[str, ...]) -> Variant:
        exercise, _, name = parent.partition("/")
        if parent == key or parent in chain:
            round_trip = chain[chain.index(parent) :] if parent in chain else ()
            circle = " -> ".join([*round_trip, key, parent])
            refuse(self.shown, [Problem(where, f"is built on itself: {circle}; break the circle")])
        if name not in self.document["exercises"].get(exercise, {}).get("variants", {}):
            known = [
                f"{e}/{v}"
                for e, block in self.document["exercises"].items()
                for v in block["variants"]
            ]
            refuse(
                self.shown,
                [
                    Problem(
                        where,
                        f"there is no variant {parent} to build on{suggestion(parent, known)}",
                    )
                ],
            )
        return self.variant(parent, (*chain, key))

    def _merge(
        self, exercise: str, own: dict[str, Any], parent: Variant | None, where: str
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Merge the layers; give the settings and the origin of each of their paths."""
        layers: list[tuple[str, str, dict[str, Any]]] = []
        if parent:
            word = "same as" if "same_as" in own else "base"
            layers.append((f"{word} {parent.key}", where, parent.settings))
        else:
            layers.append(("study", "defaults", self.document["defaults"]))
            block = self.document["exercises"][exercise]
            layers.append(("exercise", f"exercises.{exercise}.defaults", block["defaults"]))
        layers.append(("own", where, {k: v for k, v in own.items() if k not in self.record_keys}))

        settings: dict[str, Any] = {}
        origins: dict[str, str] = {}
        places: dict[str, str] = {}
        for label, written, layer in layers:
            overlay(settings, copy.deepcopy(layer))
            for block in replaced_blocks(layer):
                origins = {p: o for p, o in origins.items() if not p.startswith(f"{block}.")}
                places = {p: o for p, o in places.items() if not p.startswith(f"{block}.")}
            origins.update(dict.fromkeys(paths(layer), label))
            places.update(dict.fromkeys(paths(layer, blocks=True), written))
        if parent:
            changed = {key: value for key, value in settings.items() if key in own}
            problems = check(changed, self.changes_schema)
        else:
            problems = check(settings, self.schema)
        if not problems:
            settings = fill(settings, self.schema)
            task_of_model = self.schema["$defs"][settings["model"]["name"]]["x-task"]
            problems = settings_problems(settings, task_of_model, self.document)
        refuse(
            self.shown,
            [Problem(f"{layer_of(places, p.path, where)}.{p.path}", p.message) for p in problems],
        )
        return settings, {path: origins.get(path, "default") for path in paths(settings)}

    def _assumed(
        self,
        where: str,
        record: dict[str, Any],
        own: dict[str, Any],
        parent: Variant | None,
        origins: dict[str, str],
    ) -> dict[str, str]:
        """Give the assumptions that hold: the base's as far as they are not overridden, and own."""
        known = list(origins)
        stated = record.get("assumed", {})
        for path in stated:
            if not any(covers(path, leaf) for leaf in known):
                refuse(
                    self.shown,
                    [
                        Problem(
                            f"{where}.assumed.{path}",
                            f"is no setting of this variant{suggestion(path, known)}",
                        )
                    ],
                )
        layer = {k: v for k, v in own.items() if k not in self.record_keys}
        stated_here = [*paths(layer), *replaced_blocks(layer)]
        left = [leaf for leaf in known if not any(covers(path, leaf) for path in stated_here)]
        inherited = {
            path: reason
            for path, reason in (parent.assumed if parent else {}).items()
            if any(covers(path, leaf) for leaf in left)
        }
        return {**inherited, **stated}
