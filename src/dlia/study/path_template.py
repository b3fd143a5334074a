"""Paths with placeholders, such as Images/<class>/<track>_<frame>.png."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".gif", ".tif", ".tiff")  # of images
ANY_SUFFIX = ".*"  # ends a path whose files end in any of them
_PLACEHOLDER = re.compile(r"<([a-z][a-z0-9_]*)>")
# Packing the folder that an archive was unpacked into doubles the top folder.
TOP = r"(?:(?P<_top>[^/]+)/(?:(?P=_top)/)?)?"


def spelt(text: str) -> str:
    """Return ``text`` as it is compared.

    Systems differ in how they store letters with accents, and in whether case tells files apart.
    """
    return unicodedata.normalize("NFC", text).lower()


@dataclass(frozen=True)
class Template:
    """A text with placeholders in angle brackets; each stands for one or more characters but /.

    If it ends in .*, texts of its form end in any of ``SUFFIXES``.

    Attributes:
        text: The text as the study writes it.
    """

    text: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the placeholders, in their order."""
        return tuple(_PLACEHOLDER.findall(self.text))

    @cached_property
    def folder(self) -> str:
        """The folders before the first placeholder, with a slash at the end, or nothing."""
        above, slash, _ = self.text.partition("<")[0].rpartition("/")
        return above + slash

    @cached_property
    def form(self) -> str:
        """The text without the names of its placeholders, as it is compared."""
        return spelt(_PLACEHOLDER.sub("<>", self.text))

    @cached_property
    def fixed(self) -> int:
        """How many characters are no placeholders: of two forms of a path, the one with more wins.

        So test/<name>.png is no class "test" of <class>/<name>.png.
        """
        return len(_PLACEHOLDER.sub("", self.text))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # As few characters as possible: <track>_<frame> ends a track at the first underscore.
        parts = [
            f"(?P<{part}>[^/]+?)" if place % 2 else re.escape(part)
            for place, part in enumerate(_PLACEHOLDER.split(self.text.removesuffix(ANY_SUFFIX)))
        ]
        if self.text.endswith(ANY_SUFFIX):
            parts.append(f"(?:{'|'.join(map(re.escape, SUFFIXES))})")
        return re.compile("".join(parts), re.I)

    @cached_property
    def _below_top(self) -> re.Pattern[str]:
        return re.compile(TOP + f"(?P<_below>{self._pattern.pattern})", re.I)

    def match(self, text: str) -> dict[str, str] | None:
        """Return what the placeholders stand for in ``text``, or None if it has another form."""
        found = self._pattern.fullmatch(text)
        return found and {name: spelt(value) for name, value in found.groupdict().items()}

    def find(self, path: str) -> tuple[str, str] | None:
        """Split the ``path`` of an archive's entry into its top folder and the rest, of this form.

        Returns:
            Both as they are compared; None if it has another form.
        """
        found = self._below_top.fullmatch(path)
        return found and (spelt(path[: found.start("_below")]), spelt(found["_below"]))

    def values(self, path: str) -> dict[str, str]:
        """Return what the placeholders stand for in the ``path`` of an entry; {} if none."""
        found = self.find(path)
        return (self.match(found[1]) if found else None) or {}

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How texts of this form may end, each with its dot; the first is the usual one."""
        if self.text.endswith(ANY_SUFFIX):
            return SUFFIXES
        return (f".{spelt(self.text.rpartition('.')[2])}",)

    def shown(self, values: Mapping[str, str]) -> str:
        """Return the text with ``values`` in place of the placeholders, for people."""
        return _PLACEHOLDER.sub(lambda found: values[found[1]], self.text)

    def suffix_in_key(self, text: str) -> tuple[str, ...]:
        """Return what the key of a text has beside its values: its suffix, if any is allowed.

        So a row that names a.jpg is not about a.png.
        """
        return (spelt(text.rpartition(".")[2]),) if self.text.endswith(ANY_SUFFIX) else ()

    def shown_key(self, key: Sequence[str]) -> str:
        """Return the text with such a key, the values and then the suffix, for people."""
        text = self.shown(dict(zip(self.names, key, strict=False)))
        if self.text.endswith(ANY_SUFFIX):
            return f"{text.removesuffix(ANY_SUFFIX)}.{key[-1]}"
        return text

    def fill(self, values: Mapping[str, str]) -> str:
        """Return a text of this form with ``values`` in place of the placeholders."""
        text = self.shown(values)
        if self.text.endswith(ANY_SUFFIX):
            return text.removesuffix(ANY_SUFFIX) + SUFFIXES[0]
        return text
