"""Static files as they are collected for serving."""

from django.core.files.base import ContentFile
from rcssmin import cssmin
from whitenoise.storage import CompressedManifestStaticFilesStorage


def smaller(stylesheet: bytes) -> bytes:
    """The same stylesheet without comments and spaces."""
    return cssmin(stylesheet.decode()).encode()


class SmallerStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, with stylesheets made smaller before they are hashed and compressed."""

    def _save(self, name, content):
        if name.endswith(".css"):
            content = ContentFile(smaller(b"".join(content.chunks())))
        return super()._save(name, content)
