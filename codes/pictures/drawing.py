"""Draws a card as a PNG of 1200 × 630 pixels, the size that previews in chats and feeds are made for."""

from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from . import shapes
from .cards import TONES, Card

WIDTH, HEIGHT = 1200, 630
MARGIN = 56
BOX_TOP, BOX_BOTTOM = 128, 538
BAR = 16
PADDING = 44
SIZES = (
    # headline, subtitle, text
    (92, 44, 36),
    (80, 42, 34),
    (68, 40, 32),
    (58, 36, 30),
    (50, 34, 28),
)
"""The largest sizes at which everything fits are taken."""
SMALL = 28
LEADING = 1.26
ELLIPSIS = "…"
ON_FROM_ICON = "on"
"""In place of an icon's name: this line goes on from one with an icon, and begins as far from the left."""
BREATH = 0.08
"""How much of the brand's colour is in the ground of a card without a verdict."""
SHADES = 12
"""Steps between two colours that meet at an edge."""


@cache
def font(bold: bool, size: int) -> ImageFont.FreeTypeFont:
    """Inter in one of the two weights that we carry."""
    name = "Inter-Bold.ttf" if bold else "Inter-Regular.ttf"
    return ImageFont.truetype(str(Path(__file__).parent / "fonts" / name), size)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text in its place."""

    text: str
    bold: bool
    size: int
    colour: str
    before: int
    """Empty pixels above it."""
    icon: str = ""
    """The name of the icon before it, or ON_FROM_ICON."""

    @property
    def height(self) -> int:
        return round(self.size * LEADING)

    @property
    def indent(self) -> int:
        """How much room its icon takes, or that of the line that it goes on from."""
        return round(self.size * 1.15)


def draw(card: Card) -> bytes:
    """The picture of a card, as the bytes of a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), shapes.colours()["paper"])
    _frame(image, card)
    lines = fit(card)
    height = sum(line.before + line.height for line in lines)
    top = BOX_TOP + (BOX_BOTTOM - BOX_TOP - height) // 2
    pen = ImageDraw.Draw(image)
    left = MARGIN + BAR + PADDING
    for line in lines:
        top += line.before
        x = left
        if line.icon:
            if line.icon != ON_FROM_ICON:
                sign = shapes.sign(line.icon, round(line.size * 0.86), line.colour, _tone(card)[1])
                image.paste(sign, (left, top + (line.height - sign.height) // 2), sign)
            x += line.indent
        pen.text((x, top + line.height // 2), line.text, line.colour, font(line.bold, line.size), anchor="lm")
        top += line.height
    return _png(image, card)


def _frame(image: Image.Image, card: Card) -> None:
    """What stands around the words: the mark, the kind of page, the coloured box, the foot."""
    colours = shapes.colours()
    tone, ground = _tone(card)
    mark = shapes.brand(52)
    image.paste(mark, (MARGIN, 42), mark)
    pen = ImageDraw.Draw(image)
    pen.text((MARGIN + 68, 68), "cptref", colours["brand"], font(True, 38), anchor="lm")
    pen.text((WIDTH - MARGIN, 68), card.kind, colours["soft"], font(False, SMALL), anchor="rm")
    size = (WIDTH - 2 * MARGIN, BOX_BOTTOM - BOX_TOP)
    box = Image.new("RGB", size, ground)
    ImageDraw.Draw(box).rectangle((0, 0, BAR, size[1]), fill=tone)
    image.paste(box, (MARGIN, BOX_TOP), shapes.rounded(size, 18))
    foot = shorten(card.foot, font(False, SMALL), WIDTH - 2 * MARGIN)
    pen.text((MARGIN, (BOX_BOTTOM + HEIGHT) // 2 - 4), foot, colours["soft"], font(False, SMALL), anchor="lm")


def _tone(card: Card) -> tuple[str, str]:
    """The colour of a card's headline and that of the ground below it."""
    colours = shapes.colours()
    if not card.verdict:
        return colours["brand"], _mixed(colours["paper"], colours["brand"], BREATH)
    name = TONES[card.verdict]
    return colours[name], colours[f"{name}-paper"]


def _mixed(below: str, above: str, share: float) -> str:
    """The colour between two, with a share of the one above from 0 to 1."""
    pairs = zip(ImageColor.getrgb(below), ImageColor.getrgb(above), strict=True)
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in pairs)


def _png(image: Image.Image, card: Card) -> bytes:
    """The picture in the few colours that it has and the shades between them: a third of the bytes of full colour."""
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for colour in _palette(*_tone(card)) for channel in colour])
    out = BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(out, "PNG", compress_level=6)
    return out.getvalue()


@cache
def _palette(tone: str, ground: str) -> list[tuple[int, ...]]:
    """The colours of a picture: of each ground, and from it in steps to what is drawn on it."""
    named = shapes.colours()
    meeting = {
        named["paper"]: (named["brand"], named["soft"], tone, ground),
        ground: (named["ink"], named["soft"], tone),
        named["brand"]: ("#ffffff",),
    }
    return list(
        dict.fromkeys(
            ImageColor.getrgb(_mixed(below, above, step / SHADES))
            for below, aboves in meeting.items()
            for above in aboves
            for step in range(SHADES + 1)
        )
    )


# --- Fitting ----------------------------------------------------------------------------------


def fit(card: Card) -> list[Line]:
    """The card's words as lines that fit into the box: as large as can be, and at the smallest size cut short.

    A verdict stays on one line where it can.
    """
    room = BOX_BOTTOM - BOX_TOP - 2 * 24
    for sizes in SIZES:
        lines = _lines(card, sizes)
        broken = any(line.icon == ON_FROM_ICON for line in lines)
        if sum(line.before + line.height for line in lines) <= room and not broken:
            return lines
    return _cut(lines, room)


def _cut(lines: list[Line], room: int) -> list[Line]:
    """The lines that fit; where some do not, the last that does ends with an ellipsis."""
    kept: list[Line] = []
    used = 0
    for line in lines:
        used += line.before + line.height
        if used > room:
            break
        kept.append(line)
    if len(kept) == len(lines):
        return lines
    last = kept.pop()
    width = _width() - (last.indent if last.icon else 0)
    text = shorten(last.text + ELLIPSIS, font(last.bold, last.size), width)
    return [*kept, replace(last, text=text)]


def _width() -> int:
    return WIDTH - 2 * MARGIN - BAR - 2 * PADDING


def _lines(card: Card, sizes: tuple[int, int, int]) -> list[Line]:
    """All words of a card at some sizes, as lines as wide as the box."""
    colours = shapes.colours()
    tone, _ = _tone(card)
    headline, subtitle, text = sizes
    blocks = [
        (card.topic, True, text, colours["soft"], 0, ""),
        (card.headline, True, headline, tone, 8, card.verdict),
        (card.subtitle, True, subtitle, colours["ink"], 14, ""),
        *((each, False, text, colours["ink"], 12, "") for each in card.texts),
    ]
    lines = []
    for words, bold, size, colour, before, icon in blocks:
        if not words:
            continue
        room = _width() - (round(size * 1.15) if icon else 0)
        wrapped = wrap(words, font(bold, size), room)
        if words == card.topic:
            wrapped = [shorten(words, font(bold, size), room)]
        lines += [
            Line(each, bold, size, colour, 0 if place else before, icon and (ON_FROM_ICON if place else icon))
            for place, each in enumerate(wrapped)
        ]
    return lines


def wrap(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """A text in lines no wider than `width` pixels; a word that is wider is shortened."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and face.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(shorten(word, face, width))
    return lines


def shorten(text: str, face: ImageFont.FreeTypeFont, width: int) -> str:
    """A text that is no wider than `width` pixels: as it is, or its first words with an ellipsis."""
    if face.getlength(text) <= width:
        return text
    kept = text.rstrip(ELLIPSIS)
    while kept and face.getlength(kept + ELLIPSIS) > width:
        kept = kept[:-1]
    kept = kept.rsplit(" ", 1)[0]  # no half words, except of the one that is too wide by itself
    return kept.rstrip(" ,.;:–·") + ELLIPSIS
