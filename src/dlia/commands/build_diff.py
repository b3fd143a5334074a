"""Comparison of the files of two builds, byte by byte, without what differs from run to run.

Run times, dates, hosts and commits are in separate files, and in blocks of the reports that are
marked as volatile.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

# Names of files that differ from run to run.
VOLATILE = {
    "run.json",
    "timing.csv",
    "claims_timing.csv",
    "durations.svg",
    "durations.pdf",
    "snakemake-report.zip",
    "uncommitted.diff",
    "crate.zip",
    "hand_in.zip",
}
VOLATILE_FOLDERS = {"benchmarks"}
# HTML elements without an end tag.
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}


def files_of(results: Path) -> list[str]:
    """Return the files below ``results`` that do not differ from run to run, sorted."""
    found = (file.relative_to(results) for file in results.rglob("*") if file.is_file())
    return sorted(
        file.as_posix()
        for file in found
        if file.name not in VOLATILE | {".gitignore"}
        and not file.match("report.pdf")  # typeset with the volatile blocks of report.tex
        and not file.match("reports/*.pdf")
        and not any(part.startswith(".partial-") for part in file.parts)
        and not VOLATILE_FOLDERS & set(file.parts)
    )


def differences(first: Path, second: Path) -> list[str]:
    """Compare the results of two builds; return one line for every file that differs."""
    names = [set(files_of(folder)) for folder in (first, second)]
    lines = []
    for name in sorted(names[0] | names[1]):
        missing = [
            str(folder)
            for folder, own in zip((first, second), names, strict=True)
            if name not in own
        ]
        if missing:
            lines.append(f"{name}: not in {missing[0]}")
        elif difference := _difference(first / name, second / name):
            lines.append(f"{name}: {difference}")
    return lines


def _difference(first: Path, second: Path) -> str:
    """Describe where two files differ; "" if they are equal."""
    contents = [_stable(file) for file in (first, second)]
    if contents[0] == contents[1]:
        return ""
    try:
        lines = [content.decode().splitlines() for content in contents]
    except UnicodeDecodeError:
        sizes = [len(content) for content in contents]
        return "differs" if sizes[0] == sizes[1] else f"differs ({sizes[0]} and {sizes[1]} bytes)"
    if len(lines[0]) != len(lines[1]):
        return f"differs ({len(lines[0])} and {len(lines[1])} lines)"
    numbers = [n for n, (a, b) in enumerate(zip(*lines, strict=True), start=1) if a != b]
    if not numbers:
        return "differs in its line ends"
    return f"differs in {len(numbers)} of {len(lines[0])} lines, first in line {numbers[0]}"


def _stable(file: Path) -> bytes:
    content = file.read_bytes()
    if file.suffix == ".tex":
        return without_volatile_tex(content.decode()).encode()
    if file.suffix == ".html":
        return without_volatile_html(content.decode()).encode()
    return content


def without_volatile_tex(text: str) -> str:
    """Return a LaTeX document without its volatile blocks."""
    return re.sub(r"(?s)% volatile: begin\n.*?% volatile: end\n", "", text)


def without_volatile_html(text: str) -> str:
    """Return an HTML page without the elements that have the attribute ``data-volatile``."""
    reader = _Stable()
    reader.feed(text)
    reader.close()
    assert reader.depth == 0, "an element within a volatile one has no end tag"
    return "".join(reader.kept)


class _Stable(HTMLParser):
    """Keeps the text of a page, tags included, outside of volatile elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []
        self.depth = 0  # of open elements, counted from a volatile one

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        volatile = self.depth or any(name == "data-volatile" for name, _ in attrs)
        if volatile and tag not in _VOID:
            self.depth += 1
        elif not volatile:
            self.kept.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.keep(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.keep(f"</{tag}>")
        self.depth = max(0, self.depth - 1)

    def handle_data(self, data: str) -> None:
        self.keep(data)

    def handle_entityref(self, name: str) -> None:
        self.keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.keep(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.keep(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.keep(f"<!{decl}>")

    def keep(self, text: str) -> None:
        """Keep ``text`` unless it belongs to a volatile element."""
        if not self.depth:
            self.kept.append(text)
