"""Shapes on a background: the stand-in of any set of classified images, or of images with masks.

A class is an outline in a colour, with a mark inside. An image with a mask shows several objects of
the foreground classes side by side; one with boxes shows some at random places of a rough ground.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from dlia.data.boxes import Box
from dlia.data.layouts import Drawing, find_layout
from dlia.data.layouts.boxed import BoxedLayout
from dlia.data.standins.textures import smooth_noise
from dlia.errors import UserError

# In an order in which the first few classes differ by their outline alone.
OUTLINES = ("disc", "square", "triangle", "plus", "diamond", "inverted", "saltire")
CLASS_SHADES = {3: ("red", "blue", "yellow", "green"), 1: ("light", "dark")}
MARKS = ("none", "dot", "bar", "pole", "cross")

SHADES = {
    "red": (0.85, 0.1, 0.15),
    "blue": (0.1, 0.25, 0.85),
    "yellow": (0.95, 0.85, 0.1),
    "green": (0.1, 0.65, 0.25),
    "light": (0.85,),
    "dark": (0.15,),
}
# A mark is black or white, whichever differs more from the shape.
BLACK, WHITE = 0.05, 0.95

# Lengths are parts of half the image's width. Ranges are drawn from anew for every image.
RADIUS = (0.55, 0.8)
SHIFT = 0.15
ROTATION_RADIANS = (-0.2, 0.2)
# Objects that stand side by side are higher than wide.
HEIGHT = (1.0, 1.0)
HEIGHT_OF_SEVERAL = (1.2, 1.9)
# Objects at random places lie each in a cell of their own.
CELLS = 3  # in a row and in a column
RADIUS_IN_CELL = (0.55, 0.95)
SHIFT_IN_CELL = 0.15
HEIGHT_IN_CELL = (0.8, 1.15)
BACKGROUND = (0.35, 0.65)
GRADIENT = (-0.15, 0.15)
TEXTURE, TEXTURE_GRAIN = 0.05, 3.0
TEXTURE_OF_GROUND = 0.12
CONTRAST = (0.5, 1.0)
NOISE = 0.03
# The images of a group share what was drawn, except for this part of every range.
OWN_PART = 0.15


class Spot(NamedTuple):
    """Where an object is drawn: its middle, its radius, its height by its width, and its rotation.

    Lengths are parts of half the image's width; the middle of the image is 0.
    """

    x: float
    y: float
    radius: float
    height: float
    angle: float


@dataclass(frozen=True)
class Look:
    """What the objects of a class look like: a word of ``OUTLINES``, ``SHADES`` and ``MARKS``."""

    outline: str
    colour: str
    mark: str


class _Chance:
    """Draws the numbers of an image, which are close to those of the others of its group."""

    def __init__(self, own: np.random.Generator, shared: np.random.Generator | None) -> None:
        self.own, self.shared = own, shared

    def uniform(self, bounds: tuple[float, float]) -> float:
        """Draw a number between the bounds."""
        mine = self.own.uniform(*bounds)
        if self.shared is None:
            return mine
        return OWN_PART * mine + (1 - OWN_PART) * self.shared.uniform(*bounds)


def looks(number: int, channels: int) -> list[Look]:
    """Give the looks of ``number`` classes in ``channels`` (1 or 3) channels, all different.

    Raises:
        UserError: There are not so many.
    """
    words = product(MARKS, CLASS_SHADES[channels], OUTLINES)
    found = [Look(outline, colour, mark) for mark, colour, outline in words]
    if number > len(found):
        raise UserError(
            f"data.standin: shapes can show {len(found)} classes in {channels} channels, and the "
            f"study has {number}; put the archive into data_dir"
        )
    return found[:number]


def entries(
    part: str,
    count: int,
    size: int,
    generator: Callable[[str, int], np.random.Generator],
    classes: list[str],
    *,
    layout: str,
    options: dict[str, object] | None,
    channels: int,
    group: int,
    objects: int,
    looking_like: list[int] | None = None,
) -> Iterator[tuple[str, np.ndarray | str | bytes]]:
    """Draw the files of one part, as pairs of path and content.

    Args:
        part: Train or Test.
        count: The number of images. All classes have as many, or the first ones one more.
        size: Height and width of an image in pixels.
        generator: Gives the random numbers of a place.
        classes: The names of the classes; if there are masks, the background first.
        layout: The layout of the archive. Its module says whether there are masks or boxes, and
            names files.
        options: The study's ``layout`` block, if the layout has settings.
        channels: 1 (grey) or 3 (RGB).
        group: How many images in a row resemble each other, as those of one track do.
        objects: The number of objects in an image with a mask; with boxes, the highest.
        looking_like: The place of each class's look among ``looks``; in their order without it.

    Raises:
        UserError: There are more classes than ``looks`` has.
        ValueError: A class would have no image.
    """
    module = find_layout(layout, options)
    shown = looks(max(looking_like or [0, len(classes) - module.MASKED - 1]) + 1, channels)
    if looking_like:
        shown = [shown[place] for place in looking_like]
    boxed = isinstance(module, BoxedLayout)
    if count * (objects if module.MASKED or boxed else 1) < len(shown):
        raise ValueError(f"{count} images in {part} cannot show {len(shown)} classes")

    def drawn() -> Iterator[Drawing]:
        for place, label, index in _places(part, count, 1 if module.MASKED else len(shown)):
            shared = generator(f"{place}/group", index // group) if group > 1 else None
            chance = _Chance(generator(place, index), shared)
            own = [label]
            if module.MASKED:  # all classes in turn, in any order
                turn = index * objects + chance.own.permutation(objects)
                own = [int(number) for number in turn % len(shown)]
            image, owner, _ = _draw(chance, size, [shown[number] for number in own])
            numbers = np.array([0, *(255 if len(shown) == 1 else 1 + number for number in own)])
            mask = numbers[owner].astype(np.uint8) if module.MASKED else None
            yield Drawing(label, index, index // group, image, mask)

    def scenes() -> Iterator[Drawing]:
        for index in range(count):
            number, group = index % group_size, index // group_size
            place = f"{part}/scene/{group}"
            shared = generator(place, 0)
            chance = _Chance(generator(place, 1 + number), shared if group_size > 1 else None)
            # All classes in turn; the frames of a sequence show the same objects.
            own = [int(each) % len(shown) for each in group * objects + np.arange(objects)]
            kept = own[: 1 + int(shared.integers(objects))]
            cells = shared.permutation(CELLS**2)[: len(kept)]
            image, _, corners = _draw(chance, size, [shown[label] for label in kept], cells)
            boxes = tuple(Box(*four, label) for four, label in zip(corners, kept, strict=True))
            yield Drawing(0, index, group, image, None, boxes)

    group_size = group
    return module.pack(part, scenes() if boxed else drawn(), classes)


def _places(part: str, count: int, classes: int) -> Iterator[tuple[str, int, int]]:
    """Give the place of every image: that of its class, the class, and its number in the class."""
    for label in range(classes):
        for index in range(count // classes + (label < count % classes)):
            yield f"{part}/{label}", label, index


def _draw(
    chance: _Chance, size: int, shown: list[Look], cells: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, list[tuple[float, float, float, float]]]:
    """Draw objects side by side, or each in its cell.

    Args:
        chance: Draws the numbers.
        size: Height and width of the image in pixels.
        shown: The looks of the objects.
        cells: The cell of each, of ``CELLS`` x ``CELLS``, row by row.

    Returns:
        The image (uint8, H x W or H x W x 3); which object every pixel belongs to, from 1; 0 is
        the background (H x W); and for each object x1, y1, x2, y2 of the box around it.
    """
    y, x = (2 * np.indices((size, size)) + 1) / size - 1
    # The frames of a sequence show one ground.
    texture = (
        TEXTURE * smooth_noise(chance.own, size, TEXTURE_GRAIN)
        if cells is None
        else TEXTURE_OF_GROUND * smooth_noise(chance.shared or chance.own, size, TEXTURE_GRAIN)
    )
    slope = chance.uniform(GRADIENT) * x + chance.uniform(GRADIENT) * y
    channels = len(SHADES[shown[0].colour])
    image = np.stack([chance.uniform(BACKGROUND) + slope + texture for _ in range(channels)])
    owner = np.zeros((size, size), np.int64)
    boxes = []
    for number, look in enumerate(shown):
        if cells is None:
            at = _side_by_side(chance, number, len(shown))
        else:
            at = _in_cell(chance, int(cells[number]))
        radius = at.radius
        across, down = x - at.x, (y - at.y) / at.height
        cos, sin = np.cos(at.angle) / radius, np.sin(at.angle) / radius
        place = np.stack([cos * across + sin * down, cos * down - sin * across])
        inside = _outline(look.outline, *place)
        shade = np.array(SHADES[look.colour])
        mark = BLACK if shade.mean() > 0.5 else WHITE
        sharpness = radius * size / 2
        for depth, colour in ((inside, shade), (_mark(look.mark, *place), mark)):
            cover = np.clip(depth * sharpness + 0.5, 0, 1)
            image += cover * (np.reshape(colour, (-1, 1, 1)) - image)
        owner[inside > 0] = number + 1
        rows, columns = (np.flatnonzero((inside > 0).any(axis=axis)) for axis in (1, 0))
        left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        boxes.append((float(left), float(top), float(right), float(bottom)))
    image = 0.5 + chance.uniform(CONTRAST) * (image - 0.5)
    image += chance.own.normal(0, NOISE, image.shape)
    pixels = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
    return (pixels[0] if channels == 1 else np.moveaxis(pixels, 0, -1)), owner, boxes


def _side_by_side(chance: _Chance, number: int, objects: int) -> Spot:
    """Place an object beside the others."""
    width = 1 / objects
    radius = width * chance.uniform(RADIUS)
    height = chance.uniform(HEIGHT if objects == 1 else HEIGHT_OF_SEVERAL)
    angle = chance.uniform(ROTATION_RADIANS)
    x = (2 * number + 1) * width - 1 + width * chance.uniform((-SHIFT, SHIFT))
    return Spot(x, width * chance.uniform((-SHIFT, SHIFT)), radius, height, angle)


def _in_cell(chance: _Chance, cell: int) -> Spot:
    """Place an object in its cell, where it touches no other."""
    half = 1 / CELLS
    radius = half * chance.uniform(RADIUS_IN_CELL)
    height, angle = chance.uniform(HEIGHT_IN_CELL), chance.uniform(ROTATION_RADIANS)
    y, x = ((2 * place + 1) * half - 1 for place in divmod(cell, CELLS))
    shifts = (half * chance.uniform((-SHIFT_IN_CELL, SHIFT_IN_CELL)) for _ in range(2))
    return Spot(x + next(shifts), y + next(shifts), radius, height, angle)


def _outline(word: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Give how deep inside the outline points lie; outlines fit into a circle of radius 1."""
    match word:
        case "disc":
            return np.asarray(1 - np.hypot(x, y))
        case "square":
            return 0.75 - np.maximum(abs(x), abs(y))
        case "diamond":
            return (1 - abs(x) - abs(y)) / np.sqrt(2)
        case "triangle":
            return np.minimum(0.5 - y, 0.5 + 0.5 * y - np.sqrt(0.75) * abs(x))
        case "inverted":
            return _outline("triangle", x, -y)
        case "plus":
            return _cross(x, y, 0.95, 0.3)
    return _cross((x + y) / np.sqrt(2), (x - y) / np.sqrt(2), 0.95, 0.3)


def _mark(word: str, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Give how deep inside a mark points lie; a mark fits into every outline."""
    match word:
        case "dot":
            return np.asarray(0.28 - np.hypot(x, y))
        case "bar":
            return _box(x, y, 0.4, 0.14)
        case "pole":
            return _box(x, y, 0.14, 0.4)
        case "cross":
            return _cross(x, y, 0.4, 0.12)
    return np.full_like(x, -1.0)


def _box(x: np.ndarray, y: np.ndarray, width: float, height: float) -> np.ndarray:
    return np.minimum(width - abs(x), height - abs(y))


def _cross(x: np.ndarray, y: np.ndarray, length: float, width: float) -> np.ndarray:
    return np.maximum(_box(x, y, length, width), _box(x, y, width, length))
