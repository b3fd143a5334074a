"""Archives that users have in place of the right one: one message says what it looks like."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlia.data.offences import FOLDED_ABOVE
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError

pytestmark = pytest.mark.filterwarnings("error")

DIGITS = Layout("class_folders", (4, 4), 1, ("0", "1"))
GLANDS = Layout("image_mask_pairs", (4, 4), 3, ("background", "gland"))
COUNT = FOLDED_ABOVE + 3

Entries = dict[str, bytes]


def picture(pixels: np.ndarray | Image.Image, kind: str = "PNG") -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


GREY = picture(np.full((4, 4), 9, np.uint8))
RGB = picture(np.full((4, 4, 3), 9, np.uint8))
MASK = np.array([[0, 255, 255, 0]] * 4, np.uint8)


def digits(data: bytes = GREY, suffix: str = ".png") -> Entries:
    return {
        f"MNIST/{part}/{name}/{number:04}{suffix}": data
        for part in ("Train", "Test")
        for name in "01"
        for number in range(COUNT)
    }


def glands(mask: np.ndarray = MASK, image: bytes = RGB) -> Entries:
    return {
        f"WARWICK/{part}/{role}_{number:02}.png": image if role == "image" else picture(mask)
        for part in ("Train", "Test")
        for role in ("image", "label")
        for number in range(1, COUNT + 1)
    }


def moved(entries: Entries, *changes: tuple[str, str]) -> Entries:
    for old, new in changes:
        entries = {name.replace(old, new): data for name, data in entries.items()}
    return entries


def zipped(entries: Entries) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def flagged(entries: Entries, offset: int, value: int) -> bytes:
    """Change a byte of every entry's header, in its place and in the table of contents."""
    data = bytearray(zipped(entries))
    for signature, start in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + start + offset] = value
            at = data.find(signature, at + 1)
    return bytes(data)


INSTANCES = np.array([[0, 1, 2, 3]] * 4, np.uint8)
REFUSED: dict[str, tuple[bytes | Entries, Layout, list[str]]] = {
    "no parts": (moved(digits(), ("/Train", ""), ("Test/", "")), DIGITS, ["Train and Test above"]),
    "parts spelt otherwise": (
        moved(digits(), ("Train", "training"), ("Test", "testing")),
        DIGITS,
        ["folders are called testing, training"],
    ),
    "one part spelt otherwise": (
        moved(glands(), ("Test", "Test set")),
        GLANDS,
        ["folders are called Test set"],
    ),
    "too deep": (moved(digits(), ("MNIST/", "course/data/MNIST/")), DIGITS, ["course/data/MNIST"]),
    "another data set": (glands(), DIGITS, ["below Test have other names"]),
    "another data set of class folders": (
        moved(digits(), ("/0/", "/cat/"), ("/1/", "/dog/")),
        DIGITS,
        ["none of the classes 0, 1", "other names"],
    ),
    "the release of the source": (
        {
            f"Warwick QU Dataset/train_{n}{end}.bmp": b"BM"
            for n in range(9)
            for end in ("", "_anno")
        },
        GLANDS,
        [".bmp (18)", "another release"],
    ),
    "an archive within": ({"MNIST.zip": zipped(digits())}, DIGITS, ["archive within an archive"]),
    "BMP files": (digits(suffix=".bmp"), DIGITS, [".bmp (32)", "another release"]),
    "grey JPEG files": (
        digits(picture(np.zeros((4, 4), np.uint8), "JPEG"), ".jpg"),
        DIGITS,
        ["a JPEG, not a PNG"],
    ),
    "JPEG files called png": (
        digits(picture(np.zeros((4, 4), np.uint8), "JPEG")),
        DIGITS,
        ["a JPEG, not a PNG"],
    ),
    "pointers of Git LFS": (digits(b"version https://git-lfs"), DIGITS, ["a pointer of Git LFS"]),
    "empty files": (digits(b""), DIGITS, ["an empty file"]),
    "RGB in place of grey": (digits(RGB), DIGITS, ["8-bit RGB, not 8-bit grey", "convert them"]),
    "grey in place of RGB": (glands(image=GREY), GLANDS, ["8-bit grey, not 8-bit RGB"]),
    "16 bits": (digits(picture(np.ones((4, 4), np.uint16))), DIGITS, ["16-bit grey"]),
    "a palette": (digits(picture(Image.new("P", (4, 4)))), DIGITS, ["palette, not 8-bit grey"]),
    "other sizes": (
        digits(picture(np.zeros((5, 7), np.uint8))),
        DIGITS,
        ["not 4x4 pixels", "another release"],
    ),
    "instance masks": (glands(INSTANCES), GLANDS, ["instance masks", "above 0 to 255"]),
    "masks of 0 and 1": (glands(MASK // 255), GLANDS, ["almost right", "above 0 to 255"]),
    "masks saved as JPEG": (glands(MASK // 2), GLANDS, ["resized or saved as JPEG"]),
    "black masks": (glands(MASK * 0), GLANDS, ["shows class gland: all are black"]),
    "no masks": (
        {name: data for name, data in glands().items() if "label" not in name},
        GLANDS,
        ["no label_<number>.png beside it"],
    ),
    "a password": (flagged(digits(), 0, 1), DIGITS, ["encrypted", "a password"]),
    "Deflate64": (flagged(digits(), 2, 9), DIGITS, ["Deflate64", "pack it anew"]),
}


def refusal(folder: Path, content: bytes | Entries, layout: Layout) -> str:
    archive = folder / "A.zip"
    archive.write_bytes(content if isinstance(content, bytes) else zipped(content))
    with pytest.raises(UserError) as caught:
        decode(archive, layout)
    return str(caught.value)


@pytest.mark.parametrize("kind", REFUSED)
def test_one_message_of_a_few_lines_says_what_it_looks_like(tmp_path, kind):
    message = refusal(tmp_path, *REFUSED[kind][:2])
    assert [words for words in REFUSED[kind][2] if words not in message] == []
    assert len(message.splitlines()) <= 8


LEAVINGS = (
    ".DS_Store",
    "._x.png",
    "desktop.ini",
    "Thumbs.db",
    "README.txt",
    ".ipynb_checkpoints/0000-checkpoint.png",
)
ACCEPTED: dict[str, tuple[Entries, Layout]] = {
    "leavings": (digits() | {f"MNIST/Train/0/{each}": b"x" for each in LEAVINGS}, DIGITS),
    "backslashes": (moved(digits(), ("/", "\\")), DIGITS),
    "upper case": (moved(digits(), ("Train", "TRAIN"), (".png", ".PNG")), DIGITS),
    "a doubled top folder": (moved(glands(), ("WARWICK/", "WARWICK/WARWICK/")), GLANDS),
    "names of another coding": (moved(digits(), ("MNIST", "træning")), DIGITS),
}


@pytest.mark.parametrize("kind", ACCEPTED)
def test_what_is_harmless_is_accepted(tmp_path, kind):
    entries, layout = ACCEPTED[kind]
    (tmp_path / "A.zip").write_bytes(zipped(entries))
    images, _, _ = decode(tmp_path / "A.zip", layout)
    assert len(images) == (4 if layout is DIGITS else 2) * COUNT
