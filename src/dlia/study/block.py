"""What all blocks of settings share: strict values, kept as they were written."""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WrapValidator
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidatorFunctionWrapHandler


class Leaf(NamedTuple):
    """A single setting: its path, value and description."""

    path: str
    value: Any
    description: str


class Block(BaseModel):
    """A block of keys: no other keys, no value of another type, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def plain(self) -> dict[str, Any]:
        """Give all settings as plain values; those that are not stated and have no default go."""
        return self.model_dump(exclude_none=True)

    def leaves(self, prefix: str = "") -> Iterator[Leaf]:
        """Walk all settings in their order, those of blocks within included."""
        for key, field in type(self).model_fields.items():
            value = getattr(self, key)
            if isinstance(value, Block):
                yield from value.leaves(f"{prefix}{key}.")
            elif value is not None:
                yield Leaf(prefix + key, value, field.description or "")


# Texts with a form of their own.
NAME = r"^[a-z][a-z0-9_]*$"
KEY = r"^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$"
REPORTED = r"^([0-9]+(\.[0-9]+)?( %)?|figure only)$"
PRINTED = r"^([0-9][0-9,]*(\.[0-9]+)?( (%|min|s))?|reported)$"


def _as_written(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    """Check a number and keep it: a whole number stays whole, so that it is written as it was."""
    check(value)
    return value


def _unique(values: list[Any]) -> list[Any]:
    if any(value in values[:place] for place, value in enumerate(values)):
        raise PydanticCustomError("unique", "holds an entry twice")
    return values


def _below_one_then_above(values: list[float]) -> list[float]:
    if not values[0] < 1 < values[1]:
        raise PydanticCustomError("order", "the first has to be below 1 and the second above 1")
    return values


below_one_then_above = AfterValidator(_below_one_then_above)
KEPT, UNIQUE = WrapValidator(_as_written), AfterValidator(_unique)
Positive = Annotated[float, Field(gt=0), KEPT]
NotNegative = Annotated[float, Field(ge=0), KEPT]
Share = Annotated[float, Field(ge=0, le=1), KEPT]
ShareBelowOne = Annotated[float, Field(ge=0, lt=1), KEPT]
OpenShare = Annotated[float, Field(gt=0, lt=1), KEPT]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=NAME)]
VariantKey = Annotated[str, Field(pattern=KEY)]
