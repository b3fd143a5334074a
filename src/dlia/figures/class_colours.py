"""The colours of classes in masks."""

import colorsys

from dlia.figures import style

# Of Okabe and Ito's palette, the colours that maps of errors leave, and four that are unlike them.
# Beyond these hues are drawn at equal steps.
_COLOURS = (
    "#56B4E9",  # sky blue
    "#009E73",  # bluish green
    "#F0E442",  # yellow
    style.VERMILLION,
    "#7B4FE0",  # violet
    "#FFB6DB",  # pale pink
    "#8C0047",  # dark magenta
    "#7DDB3A",  # lime
)
IGNORED_COLOUR = "#808080"


def foreground_colours(count: int) -> list[str]:
    """Give a colour for each of ``count`` foreground classes, as #RRGGBB."""
    more = count - len(_COLOURS)
    hues = (colorsys.hsv_to_rgb(number / more, 0.6, 0.75) for number in range(more))
    drawn = ("#{:02X}{:02X}{:02X}".format(*(round(255 * part) for part in hue)) for hue in hues)
    return [*_COLOURS[:count], *drawn]


def rgb(colour: str) -> tuple[int, int, int]:
    """Give red, green and blue of #RRGGBB, 0..255."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue
