"""The layout of the original releases of CIFAR-10: the ``layout`` block of a study's data."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from dlia.study.block import UNIQUE, Block
from dlia.study.messages import Problem


class CifarBatches(Block):
    """The batches of CIFAR-10 as it was released, in its binary or its Python form.

    They are data_batch_1 to data_batch_5 and test_batch, with .bin in the binary form, or the
    archive that has them (.tar.gz).
    """

    name: Literal["cifar_batches"] = Field(description="The layout.")
    batches: Annotated[
        list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=1, max_length=5), UNIQUE
    ] = Field(
        [1, 2, 3, 4, 5],
        description="The training batches that are used, by their numbers.",
    )

    def problems(self) -> Iterator[Problem]:
        """Yield nothing: no paths are stated."""
        yield from ()
