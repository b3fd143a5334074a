"""Escaping of text for LaTeX, so that every character is printed as it is."""

import re
import unicodedata

from dlia.errors import UserError

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    # At the start of a table row, LaTeX would read these as options of the previous row end.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
}
# Fonts turn two of these in a row into a dash or a quotation mark.
_LIGATURE = re.compile(r"([-,<>])(?=\1)")
# Fonts turn it into an apostrophe, which is right only between letters.
_STRAIGHT = re.compile(r"(?<!\w)'|'(?!\w)")
_MINUS = re.compile(r"(?<![\w.)\]-])-(?=\d)")
_DIGITS, _UNIT = r"[-+]?[\d,]*\.?\d+", r"(?: (?P<unit>%|px|points?|s))?"
_NUMBER = re.compile(rf"(?P<number>{_DIGITS}){_UNIT}")
_RANGE = re.compile(rf"(?P<range>{_DIGITS} to {_DIGITS}){_UNIT}")
_RUNS = re.compile(rf"{_DIGITS}{_UNIT}(?:, {_DIGITS}(?: (?P=unit))?)+")  # of a source, one by one
_NAME = re.compile(r"[A-Za-z0-9_./:-]+")
# A line may end after a slash, and in a part that is too long for a column also after these.
_SLASH, _JOINT = re.compile(r"(?<=\w/)(?=[^\W\d])"), re.compile(r"(?<=\w[._])(?=[^\W\d])")
LONGEST_PART = 24  # letters
BOXED = r"\mbox{%s}"
_PATH = re.compile(r"[^\W_]+(?:(?:\\_|[./])+[^\W_]+)+/?")  # or a name, in LaTeX
_RIGHT_TO_LEFT = ("R", "AL")


class Latex(str):
    """Text that is LaTeX already and is not escaped again."""

    __slots__ = ()


def escape(text: str) -> Latex:
    """Return LaTeX that prints ``text`` in one paragraph; negative numbers get a minus sign.

    Raises:
        UserError: It holds a character that cannot be printed.
    """
    text = " ".join(text.split())
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
            raise UserError(
                f"{text!r}: the character U+{ord(character):04X} cannot be printed; remove it"
            )
    text = with_minus(text)
    text = _LIGATURE.sub("\\1\0", text)
    text = _STRAIGHT.sub("\1", text)
    text = "".join(_SPECIAL.get(character, character) for character in text)
    text = text.replace("\0", r"\apart{}").replace("\1", r"\textquotesingle{}")
    text = re.sub(r"(?<=\d) (?=\\%)", "~", text)
    return Latex(_set_from_right_to_left(text))


def escape_run(text: str) -> Latex:
    """Return LaTeX of a run of words within a sentence; blanks at its ends stay.

    Names with underscores are boxed, as only typewriter letters are never hyphenated.
    """
    start = " " if text[:1].isspace() else ""
    end = " " if text[1:] and text[-1:].isspace() else ""
    return Latex(f"{start}{_with_breaks(text, BOXED)}{end}")


def with_minus(text: str) -> str:
    """Return ``text`` with a minus sign in place of each hyphen before a number."""
    return _MINUS.sub("\N{MINUS SIGN}", text)


def number(text: str) -> Latex:
    """Return a quantity for a column that is aligned at the decimal point: "98.78 %" is 98.78.

    The unit belongs in the column header. Words, such as the reason why there is no number, are put
    in braces and typeset as text.
    """
    found = _NUMBER.fullmatch(text)
    return Latex(found["number"].replace(",", "") if found else f"{{{escape(text)}}}")


def is_number(text: str) -> bool:
    """Tell whether a text is a number without a unit."""
    found = _NUMBER.fullmatch(text)
    return found is not None and not found["unit"]


def without_unit(text: str) -> str:
    """Return a quantity, an interval ("98.61 to 98.93 %") or runs ("98.61 %, 98.93 %") bare.

    Words stay as they are.
    """
    found = _NUMBER.fullmatch(text)
    if found:
        return found["number"]
    if interval := _RANGE.fullmatch(text):
        return interval["range"]
    runs = _RUNS.fullmatch(text)
    return text.replace(f" {runs['unit']}", "") if runs and runs["unit"] else text


def breakable(text: str) -> Latex:
    """Return ``text`` with possible line breaks after slashes, but none within names."""
    return _with_breaks(text, "%s")


def _with_breaks(text: str, name: str) -> Latex:
    def broken(path: re.Match[str]) -> str:
        parts = [part.replace("_", r"\_") for part in unbroken(path[0].replace(r"\_", "_"))]
        return r"\allowbreak{}".join(name % part if "_" in part else part for part in parts)

    return Latex(_PATH.sub(broken, escape(text)))


def unbroken(text: str) -> list[str]:
    """Return the parts of a text within which no line ends."""
    parts = [part for word in text.split() for part in _SLASH.split(word)]
    return [
        piece
        for part in parts
        for piece in (_JOINT.split(part) if len(part) > LONGEST_PART else [part])
    ]


def command(text: str) -> Latex:
    """Return a command whose lines end between its words, in a backslash."""
    return Latex(r"\nextword{}".join(map(escape, text.split(" "))))


def with_unit(name: str, value: str) -> str:
    """Return the header of a column or row: the name and, in brackets, the unit of ``value``."""
    found = _quantity(value)
    unit = found["unit"] if found else None
    return f"{name} ({'points' if unit == 'point' else unit})" if unit else name


def begins_with_number(text: str) -> bool:
    """Tell whether a text is a number, an interval or several runs, with or without a unit."""
    return _quantity(text) is not None


def _quantity(text: str) -> re.Match[str] | None:
    return _NUMBER.fullmatch(text) or _RANGE.fullmatch(text) or _RUNS.fullmatch(text)


def name(text: str) -> Latex:
    """Return a label or a path, which must not be escaped.

    Raises:
        ValueError: It contains a character that labels and paths must not have.
    """
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} cannot be used as a label or a path")
    return Latex(text)


def _set_from_right_to_left(text: str) -> str:
    """Mark the runs of Hebrew and Arabic, words with the blanks between them."""
    if not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text):
        return text
    letters = "".join(
        sorted({c for c in text if unicodedata.bidirectional(c) in (*_RIGHT_TO_LEFT, "NSM")})
    )
    run = f"[{re.escape(letters)}]+"
    return re.sub(rf"{run}(?: {run})*", lambda found: rf"\righttoleft{{{found[0]}}}", text)
