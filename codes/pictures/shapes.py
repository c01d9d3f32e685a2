"""The site's own shapes and colours as Pillow draws them: read from the files that the pages use."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

from django.contrib.staticfiles import finders
from PIL import Image, ImageDraw
from svg.path import Move, parse_path

from codes.markup import ICONS

FINER = 4
"""Shapes are drawn so many times larger and made smaller again: Pillow draws hard edges."""
STEPS_OF_A_CURVE = 24
ICON_SIDE, ICON_STROKE = 24, 3.4
"""The view box of our icons, and the width of their lines: heavier than on a page, beside large bold letters."""


@cache
def colours() -> dict[str, str]:
    """The colours of the stylesheet by their names, as on a light screen."""
    root = re.search(r":root \{(.*?)\}", _static("css/site.css"), re.DOTALL)[1]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", root))


@cache
def design() -> str:
    """A word for how pictures are drawn now: other code, colours or shapes, another word."""
    folder = Path(__file__).parent
    parts = [path.read_bytes() for path in sorted([*folder.glob("*.py"), *folder.glob("fonts/*.ttf")])]
    parts.append(repr((colours(), ICONS, _static("img/favicon.svg"))).encode())
    return sha256(b"".join(parts)).hexdigest()


def _static(name: str) -> str:
    return Path(finders.find(name)).read_text(encoding="utf-8")


@cache
def sign(name: str, size: int, colour: str, ground: str) -> Image.Image:
    """One of our icons in a disc of a colour, `size` pixels wide. Raises KeyError for a name that is none."""
    disc = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    disc.paste(colour, mask=rounded((size, size), size / 2))
    within = round(size * 0.74)
    at = (size - within) // 2
    disc.paste(ground, (at, at), _stroke(ICONS[name], ICON_SIDE, ICON_STROKE, within))
    return disc


def brand(size: int, *, square: bool = False) -> Image.Image:
    """The site's mark, `size` pixels wide: a rounded square with a tick, as the favicon has it.

    With `square` the ground fills the corners too, for systems that cut icons to their own shape, and the tick
    keeps within the middle that every one of them shows.
    """
    svg = ElementTree.fromstring(_static("img/favicon.svg"))  # noqa: S314  (our own file)
    rect, path = svg[0].attrib, svg[1].attrib
    side = float(rect["width"])
    mark = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    radius = 0 if square else float(rect["rx"]) / side * size
    mark.paste(rect["fill"], mask=rounded((size, size), radius))
    tick = int(size * 0.8) if square else size
    at = (size - tick) // 2
    mark.paste(path["stroke"], (at, at), _stroke(path["d"], side, float(path["stroke-width"]), tick))
    return mark


def rounded(size: tuple[int, int], radius: float) -> Image.Image:
    """The mask of a rectangle with round corners."""
    width, height = size
    large = Image.new("L", (width * FINER, height * FINER))
    ImageDraw.Draw(large).rounded_rectangle(
        (0, 0, width * FINER - 1, height * FINER - 1), radius * FINER, fill=255
    )
    return large.reduce(FINER)


def _stroke(path: str, side: float, width: float, size: int) -> Image.Image:
    """The mask of a path's line with round ends and corners, its view box `side` wide, drawn `size` pixels wide."""
    scale = size * FINER / side
    large = Image.new("L", (size * FINER, size * FINER))
    draw = ImageDraw.Draw(large)
    half = width * scale / 2
    for line in _lines(path):
        points = [(point.real * scale, point.imag * scale) for point in line]
        draw.line(points, fill=255, width=round(2 * half), joint="curve")
        for x, y in points:
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)
    return large.reduce(FINER)


def _lines(path: str) -> list[list[complex]]:
    """The strokes of an SVG path, each as its points."""
    lines: list[list[complex]] = []
    for part in parse_path(path):
        if isinstance(part, Move):
            lines.append([part.end])
        else:
            lines[-1] += [part.point(step / STEPS_OF_A_CURVE) for step in range(1, STEPS_OF_A_CURVE + 1)]
    return lines
