"""Preparation of SVG files for one common HTML page."""

import re
from pathlib import Path

# Slightly larger than on paper, because the reading distance is larger.
PIXELS_PER_POINT = 5 / 3

_HEADER = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_SIZE = re.compile(r'<svg\b[^>]*?\bviewBox="(?P<box>[^"]+)"[^>]*>', re.DOTALL)


def inline_svg(path: str | Path, prefix: str, description: str) -> str:
    """Return the drawing in ``path`` as an element of an HTML page.

    Every id gets ``prefix``, so that the ids of different figures do not clash.
    The figure is never wider than the page. Style rules of matplotlib for all elements (round
    strokes) are removed; the style sheet of the page contains them.

    Args:
        path: An SVG file, as matplotlib writes it.
        prefix: Letters, digits and hyphens.
        description: Alternative text for screen readers; plain text.
    """
    text = _HEADER.sub("", Path(path).read_text(encoding="utf-8"), count=1)
    box = _SIZE.search(text)
    if box is None:
        raise ValueError(f"{path}: no SVG drawing with a viewBox")
    text = re.sub(r"<(metadata|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    # Equal pictures have equal ids, and nothing refers to them.
    text = re.sub(r'(<image\b[^>]*?) id="[^"]*"', r"\1", text)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'href="#', f'href="#{prefix}-', text)
    text = re.sub(r"url\(#", f"url(#{prefix}-", text)
    words = description.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    width = float(box["box"].split()[2])
    opening = (
        f'<svg class="figure" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box["box"]}" '
        f'style="width:{width * PIXELS_PER_POINT:.0f}px" role="img" aria-label="{words}">'
    )
    return text[: text.index("<svg")] + opening + _SIZE.sub("", text, count=1)
