"""The base class and the value types of all settings: strict, and kept as they were written."""

from collections.abc import Iterator
from typing import Annotated, NamedTuple, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    WrapValidator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, PydanticKnownError
from pydantic_core.core_schema import (
    ValidatorFunctionWrapHandler,
    no_info_after_validator_function,
    no_info_before_validator_function,
)


class Leaf(NamedTuple):
    """A single setting: its path, value and description."""

    path: str
    value: object
    description: str


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("printable", "has a character that cannot be printed")
    return text


class Block(BaseModel):
    """A block of keys: unknown keys and wrong types are errors, and the object is immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def plain(self) -> dict[str, object]:
        """Return all settings as plain values, without those that are unset (None)."""
        return self.model_dump(exclude_none=True)

    def leaves(self, prefix: str = "") -> Iterator[Leaf]:
        """Yield all settings in their order, including those of nested blocks."""
        for key, field in type(self).model_fields.items():
            value = getattr(self, key)
            if isinstance(value, Block):
                yield from value.leaves(f"{prefix}{key}.")
            elif value is not None:
                yield Leaf(prefix + key, value, field.description or "")


# Patterns of texts with a fixed form.
NAME = r"^[a-z][a-z0-9_]*$"
KEY = r"^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$"
REPORTED = r"^((about )?[0-9]+(\.[0-9]+)?( %)?|figure only)$"
REPORTED_RUN = r"^[0-9]+(\.[0-9]+)?( %)?$"
PRINTED = r"^((about )?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?( (%|min|s|times))?|reported)$"


def _as_written(value: object, check: ValidatorFunctionWrapHandler) -> object:
    """Check a number but return it unconverted: 1 stays 1 and does not become 1.0."""
    check(value)
    return value


class _Exact:
    """Distinguishes true from 1 and false from 0 when it checks against allowed values."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def same(value: object) -> object:
            if not any(value == word and type(value) is type(word) for word in get_args(source)):
                listed = ", ".join(map(repr, get_args(source)))
                raise PydanticKnownError("literal_error", {"expected": listed})
            return value

        return no_info_before_validator_function(same, handler(source))


class _Unique:
    """Rejects lists that contain an entry twice."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def unique(values: list[object]) -> list[object]:
            if any(value in values[:place] for place, value in enumerate(values)):
                raise PydanticCustomError("unique", "contains an entry twice; remove one")
            return values

        return no_info_after_validator_function(unique, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}


def by_type(tags: dict[type, str], otherwise: str) -> Discriminator:
    """Choose a union member by the value's type; ``otherwise`` is the error if none fits."""
    return Discriminator(
        lambda written: tags.get(type(written)),
        custom_error_type=otherwise,
        custom_error_message=otherwise,
    )


def _below_one_then_above(values: list[float]) -> list[float]:
    low, high = values
    errors: list[InitErrorDetails] = []
    if low >= 1:
        errors.append({"type": "less_than", "loc": (0,), "input": low, "ctx": {"lt": 1}})
    if high <= 1:
        errors.append({"type": "greater_than", "loc": (1,), "input": high, "ctx": {"gt": 1}})
    if errors:
        raise ValidationError.from_exception_data("factors", errors)
    return values


below_one_then_above = AfterValidator(_below_one_then_above)
KEPT, UNIQUE, EXACT = WrapValidator(_as_written), _Unique(), _Exact()
Positive = Annotated[float, Field(gt=0), KEPT]
NotNegative = Annotated[float, Field(ge=0), KEPT]
Share = Annotated[float, Field(ge=0, le=1), KEPT]
ShareBelowOne = Annotated[float, Field(ge=0, lt=1), KEPT]
OpenShare = Annotated[float, Field(gt=0, lt=1), KEPT]
Text = Annotated[str, Field(min_length=1)]
Printable = Annotated[Text, AfterValidator(_printable)]
Name = Annotated[str, Field(pattern=NAME)]
VariantKey = Annotated[str, Field(pattern=KEY)]
