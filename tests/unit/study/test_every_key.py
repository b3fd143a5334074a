"""The models of settings, studies and config.yaml: what is true of every one of their keys."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from dlia.study.block import NAME
from dlia.study.config import Config
from dlia.study.data_block import Data, Standin
from dlia.study.document import Document, ExerciseBlock, Record
from dlia.study.settings import Settings
from dlia.study.yaml_files import ROOT, load_yaml


def options(kind: Any, *more: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Walk the kinds of values that an annotation allows, each with what else is said of it."""
    if get_origin(kind) is Annotated:
        inner, *found = get_args(kind)
        found = [part for one in found for part in getattr(one, "metadata", [one])]
        yield from options(inner, *more, *found)
    elif get_origin(kind) in (Union, UnionType):
        for part in get_args(kind):
            yield from options(part, *more)
    elif get_origin(kind) in (list, dict):
        yield kind, more
        for part in get_args(kind):
            yield from options(part)
    else:
        yield kind, more


def kinds_of(field: FieldInfo) -> list[tuple[Any, tuple[Any, ...]]]:
    return list(options(field.annotation, *field.metadata))


def is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def models(kind: type[BaseModel]) -> set[type[BaseModel]]:
    """Find a model and all that are named in it."""
    within = {k for field in kind.model_fields.values() for k, _ in kinds_of(field) if is_model(k)}
    return {kind}.union(*map(models, within))


ALL = sorted(
    set.union(*map(models, (Config, Document, Record, Settings))), key=lambda model: model.__name__
)
FIELDS = {f"{model.__name__}.{key}": (model, key) for model in ALL for key in model.model_fields}


def test_all_models_are_found():
    assert len(ALL) > 35
    assert {model.__name__ for model in ALL} >= {"Rprop", "Elastic", "NormalLayer", "Margins"}


@pytest.mark.parametrize(("model", "key"), FIELDS.values(), ids=FIELDS)
def test_every_key_has_a_description(model, key):
    field = model.model_fields[key]
    blocks = [kind for kind, _ in kinds_of(field) if kind is not type(None)]
    # A block of one kind only is described by its class.
    of_class = blocks[0].__doc__ if len(blocks) == 1 and is_model(blocks[0]) else ""
    assert (field.description or of_class or "").strip()


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_every_block_has_a_description(model):
    assert (model.__doc__ or "").strip()


@pytest.mark.parametrize(("model", "key"), FIELDS.values(), ids=FIELDS)
def test_every_number_has_a_lower_bound(model, key):
    least = (annotated_types.Ge, annotated_types.Gt)
    unbounded = [
        kind
        for kind, said in kinds_of(model.model_fields[key])
        if kind in (int, float) and not any(isinstance(part, least) for part in said)
    ]
    assert unbounded == []


@pytest.mark.parametrize(("model", "key"), FIELDS.values(), ids=FIELDS)
def test_every_default_is_valid_under_its_own_bounds(model, key):
    field = model.model_fields[key]
    if field.is_required() or field.default is None:
        return
    default = field.default.plain() if is_model(type(field.default)) else field.default
    kind = Annotated[field.annotation, field]
    found = TypeAdapter(kind, config=None if is_model(field.annotation) else model.model_config)
    assert found.validate_python(default) == field.default


def test_the_number_that_randomness_derives_from_has_one_default():
    seeds = (
        Config.model_fields["seed"],
        Data.model_fields["split_seed"],
        Standin.model_fields["seed"],
    )
    assert {seed.default for seed in seeds} == {2021}


# Of no report of the sources, and of one class: a second try of what `aquarium` shows.
ON_REQUEST = {"raccoon"}


def test_config_offers_by_default_exactly_the_studies_that_there_are():
    files = {path.stem for path in (ROOT / "studies").glob("*.yaml")}
    assert sorted(Config.model_fields["studies"].default) == sorted(files - ON_REQUEST)


def test_a_source_of_several_studies_is_cited_alike_in_all():
    cited: dict[str, set[str]] = {}
    for path in (ROOT / "studies").glob("*.yaml"):
        for key, source in Document.model_validate(load_yaml(path)).sources.items():
            cited.setdefault(key, set()).add(source.citation)
    assert {key: texts for key, texts in cited.items() if len(texts) > 1} == {}


@pytest.mark.parametrize(
    ("model", "key"),
    [
        (Config, "studies"),
        (Document, "exercises"),
        (Document, "claims"),
        (ExerciseBlock, "variants"),
    ],
)
def test_studies_exercises_variants_and_claims_are_named_by_one_rule(model, key):
    patterns = {
        part.pattern
        for kind, said in kinds_of(model.model_fields[key])
        for part in said
        if kind is str and getattr(part, "pattern", None)
    }
    assert patterns == {NAME}


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.__name__)
def test_what_has_a_name_is_chosen_by_it(model):
    if "name" in model.model_fields:
        assert get_origin(model.model_fields["name"].annotation) is Literal
        assert model.model_fields["name"].is_required()
