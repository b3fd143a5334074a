"""Formulas as MathML, from the small part of LaTeX that the report uses."""

import re
from html import escape

_TOKEN = re.compile(r"\\text\{[^}]*\}|\\[A-Za-z]+|\\.|[A-Za-z]|\d+(?:\.\d+)?|\S")
_SIGNS = {
    "cap": "∩",
    "cup": "\N{UNION}",
    "in": "∈",
    "pm": "±",
    "le": "≤",
    "sum": "∑",
    "lvert": "|",
    "rvert": "|",
    "partial": "∂",
    "-": "\N{MINUS SIGN}",
}
_ACCENTS = {"bar": "¯", "hat": "^", "tilde": "~"}
_IGNORED = (",", "Bigl", "Bigr")
_SPACE = '<mspace width="1em"/>'
_NAMES = {name: f'<mo lspace="0.17em" rspace="0.17em">{name}</mo>' for name in ("max", "min")}
_BIG = ("<mo>∑</mo>", *_NAMES.values())  # scripts stand below and above them
_SCRIPTS = {"_": ("msub", "munder"), "^": ("msup", "mover"), "^_": ("msubsup", "munderover")}


def mathml(latex: str, display: bool = False) -> str:
    r"""Return a formula as an element of an HTML page.

    Args:
        latex: Letters, numbers, operators, _ and ^, \frac, \binom, \sqrt, \text, accents.
        display: Whether it stands on its own.

    Raises:
        ValueError: It has a command that is not known here.
    """
    style = ' display="block"' if display else ""
    return f"<math{style}>{_row(_TOKEN.findall(latex)[::-1])}</math>"


def _row(tokens: list[str]) -> str:
    """Read elements from the end of ``tokens``, up to a closing brace."""
    elements: list[tuple[str, dict[str, str]]] = []
    while tokens and (token := tokens.pop()) != "}":
        if token in ("_", "^"):
            elements[-1][1][token] = _element(tokens.pop(), tokens)
        else:
            elements.append((_element(token, tokens), {}))
    return "".join(_with_scripts(base, scripts) for base, scripts in elements)


def _with_scripts(base: str, scripts: dict[str, str]) -> str:
    if not scripts:
        return base
    name = _SCRIPTS["".join(sorted(scripts))][base in _BIG]
    return f"<{name}>{base}{''.join(scripts[s] for s in '_^' if s in scripts)}</{name}>"


def _element(token: str, tokens: list[str]) -> str:
    if token == "{":  # noqa: S105 - of a formula
        return f"<mrow>{_row(tokens)}</mrow>"
    if token.startswith("\\text{"):
        return f"<mtext>{escape(token[6:-1])}</mtext>"
    name = token.removeprefix("\\")
    if name == token and name.isalpha():
        return f"<mi>{name}</mi>"
    if name[0].isdigit():
        return f"<mn>{name}</mn>"
    if name in _IGNORED and token != name:
        return ""
    if name in ("frac", "binom"):
        parts = "".join(_element(tokens.pop(), tokens) for _ in range(2))
        if name == "frac":
            return f"<mfrac>{parts}</mfrac>"
        return f'<mrow><mo>(</mo><mfrac linethickness="0">{parts}</mfrac><mo>)</mo></mrow>'
    if name == "sqrt":
        return f"<msqrt>{_element(tokens.pop(), tokens)}</msqrt>"
    if name in _ACCENTS:
        return f"<mover>{_element(tokens.pop(), tokens)}<mo>{_ACCENTS[name]}</mo></mover>"
    if name == "quad":
        return _SPACE
    if name in _NAMES:
        return _NAMES[name]
    if token == name or name in _SIGNS:
        return f"<mo>{escape(_SIGNS.get(name, name))}</mo>"
    raise ValueError(f"{token} is not known; add it to reporting/mathml.py")
