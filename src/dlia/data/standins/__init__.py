"""Small drawn archives with a course archive's layout, for machines without the real one."""

import hashlib
import importlib
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dlia.runtime.files import write_bytes
from dlia.study.origins import STANDIN_MARK

JPEG_QUALITY = 92
TOP_FOLDERS = {"digits": "MNIST", "glands": "WARWICK"}

Entries = Iterator[tuple[str, np.ndarray | str | bytes]]

# The earliest date that a zip archive can hold: a clock would change the bytes on every run.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_READABLE_FILE = 0o100644 << 16


def draw(
    kind: str,
    archive: Path,
    train: int,
    test: int,
    size: int,
    seed: int,
    classes: list[str],
    **options: Any,
) -> None:
    """Draw a stand-in archive whose bytes depend on the other arguments only.

    Args:
        kind: ``"digits"`` (grey numerals in the layout of MNIST), ``"glands"`` (two-stain tissue
            and masks in the layout of the course's WARWICK set), ``"shapes"`` (in any layout of
            pictures) or ``"ellipsoids"`` (volumes).
        archive: The zip file to write.
        train: Number of images in the training part.
        test: Number of images in the test part.
        size: Height and width of an image in pixels.
        seed: Archives of different seeds share no image.
        classes: The names of the study's classes.
        options: What only shapes have: layout, options, channels, group, objects; or ellipsoids:
            options.

    Raises:
        ValueError: If ``kind`` is unknown or a part would be empty (or lack a class).
    """
    if not (Path(__file__).parent / f"{kind}.py").is_file():
        raise ValueError(f"kind is {kind!r}, not one of digits, glands, shapes, ellipsoids")
    # By name, so that an edit to one kind is none to the other.
    entries: Callable[..., Entries]
    entries = importlib.import_module(f"dlia.data.standins.{kind}").entries
    top = TOP_FOLDERS.get(kind, archive.stem)

    def generator(part: str, index: int) -> np.random.Generator:
        return _generator(seed, part, index)

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as pages:
        pages.comment = STANDIN_MARK
        counts = {"Train": train, "Test": test}
        if (options.get("options") or {}).get("test_share"):
            counts = {"Train": train + test}  # of which unpacking makes a share the test part
        for part, count in counts.items():
            for name, file in entries(part, count, size, generator, classes, **options):
                _add(pages, f"{top}/{name}", _encoded(name, file))
    write_bytes(archive, content.getvalue())


def _generator(seed: int, part: str, index: int) -> np.random.Generator:
    """Seed by an image's place, so that it depends on neither the order nor the counts."""
    digest = hashlib.sha256(f"{seed}/{part}/{index}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def _encoded(name: str, file: np.ndarray | str | bytes) -> bytes:
    """Encode a text, or pixels (uint8, H x W or H x W x 3) as PNG or, if so named, as JPEG."""
    if isinstance(file, bytes):
        return file
    if isinstance(file, str):
        return file.encode()
    encoded = io.BytesIO()
    if name.lower().endswith((".jpg", ".jpeg")):
        Image.fromarray(file).save(encoded, format="jpeg", quality=JPEG_QUALITY)
    else:
        Image.fromarray(file).save(encoded, format="png")
    return encoded.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Append a file called ``name``."""
    info = zipfile.ZipInfo(name, date_time=_DATE)
    # zipfile would note the platform that it runs on.
    info.create_system = _UNIX
    info.external_attr = _READABLE_FILE
    # Pictures are compressed already.
    info.compress_type = zipfile.ZIP_STORED
    archive.writestr(info, data)
