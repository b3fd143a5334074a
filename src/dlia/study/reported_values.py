"""The values that a source reports, as it prints them: one, one of each run, or by part."""

from typing import Annotated

from pydantic import Field, Tag

from dlia.study.block import REPORTED, REPORTED_RUN, Block, by_type

_One = Annotated[str, Field(pattern=REPORTED), Tag("one")]
_Runs = Annotated[
    list[Annotated[str, Field(pattern=REPORTED_RUN)]], Field(min_length=2), Tag("runs")
]
ReportedText = Annotated[_One | _Runs, by_type({str: "one", list: "runs"}, "text_or_list")]


class ReportedByPart(Block):
    """The values of a metric that a source reports for parts of the data."""

    train: ReportedText | None = Field(None, description="On training images.")
    validation: ReportedText | None = Field(None, description="On validation images.")
    test: ReportedText | None = Field(None, description="On test images.")

    def texts(self) -> dict[str, str | list[str]]:
        """Return what is printed, by part."""
        parts = {part: getattr(self, part) for part in type(self).model_fields}
        return {part: text for part, text in parts.items() if text is not None}


AnyReported = Annotated[
    _One | _Runs | Annotated[ReportedByPart, Tag("parts")],
    by_type({str: "one", list: "runs", dict: "parts", ReportedByPart: "parts"}, "text_or_list"),
]
