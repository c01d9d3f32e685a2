"""Draws the images among the static files that follow from the site's mark and colours."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from codes.pictures import cards, shapes
from codes.pictures.drawing import draw

ICONS = {
    "icon-192.png": (192, False),
    "icon-512.png": (512, False),
    "icon-512-maskable.png": (512, True),
    "apple-touch-icon.png": (180, True),
}
"""Each file with its width, and whether the ground fills the corners."""


class Command(BaseCommand):
    """Run it after a change of favicon.svg, of the stylesheet's colours or of how pictures are drawn."""

    help = __doc__

    def handle(self, **options):
        """Write the files into static/img."""
        folder = Path(settings.BASE_DIR) / "static" / "img"
        for name, (side, square) in ICONS.items():
            shapes.brand(side, square=square).save(folder / name, optimize=True)
        (folder / "card.png").write_bytes(draw(cards.SITE))
        self.stdout.write(f"{len(ICONS) + 1} images are drawn into {folder}.")
