"""What Settings → Branding may submit: logo, colour, layout and language of papers."""

from __future__ import annotations

import re

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, ColorField, FileField, RadioField, SelectField
from wtforms.validators import Regexp

from billing.languages import languages
from billing.paper import LAYOUTS
from forms.base import PageForm, options, stripped


class BrandingForm(PageForm):
    """How papers look. Nothing of it changes a document that was issued."""

    logo = FileField(_("Logo"), description=_("PNG, JPEG or SVG, up to 512 KB."))
    drop_logo = BooleanField(_("Take the logo off"))
    brand_color = ColorField(
        _("Colour"), [Regexp(re.compile(r"(#[0-9a-fA-F]{6})?$"), message=_("Enter a colour such as #1f5c4d."))],
        filters=[stripped],
    )  # fmt: skip
    paper_layout = RadioField(
        _("Layout"), choices=lambda: options((key, gettext(layout.title)) for key, layout in LAYOUTS.items())
    )
    language = SelectField(
        _("Language of papers"),
        choices=lambda: options(
            [("", _("As dates and amounts are written")), *((code, found.name) for code, found in languages().items())]
        ),
        description=_("A customer's own language goes before it."),
    )

    def uploaded(self, most: int) -> bytes | None:
        """Return the first bytes of a new logo, one more than the most that is taken; None when there is none."""
        file = self.logo.data
        if not isinstance(file, FileStorage) or not file.filename:
            return None
        content = file.stream.read(most + 1)
        file.close()
        return content
