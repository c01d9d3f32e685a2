"""Form fields as staff see them."""

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.html import format_html

from codes import markdown


class PlainTextarea(AdminTextareaWidget):
    """Browsers send Windows line ends; kept, every edit would look like a change of the whole text."""

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class SentenceTextarea(PlainTextarea):
    """Room for a long sentence that holds no line ends."""

    def __init__(self, attrs=None):
        super().__init__({"rows": 2, **(attrs or {})})

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        return " ".join(value.split()) if isinstance(value, str) else value


class MarkdownTextarea(PlainTextarea):
    """A text with its preview below: made on the server, and kept in step by a script where there is one."""

    def __init__(self, preview_url, attrs=None):
        self.preview_url = preview_url
        super().__init__(attrs)

    class Media:
        js = ["admin_cptref/preview.js"]

    def render(self, name, value, attrs=None, renderer=None):
        return format_html(
            '<div class="markdown-field">{}'
            '<section class="markdown-preview" aria-label="Preview" data-preview="{}" data-url="{}">{}</section>'
            "</div>",
            super().render(name, value, attrs, renderer),
            name,
            self.preview_url,
            markdown.render(value or ""),
        )


class CapitalField(forms.CharField):
    """Codes and modifiers are written in capitals, whatever was typed."""

    def to_python(self, value):
        value = super().to_python(value)
        return "".join(value.split()).upper() if isinstance(value, str) else value
