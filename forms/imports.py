"""What the pages of imports may submit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from wtforms import FileField

from billing.importing import BadFile, Grid, read_grid
from billing.importing.grid import MOST_BYTES
from forms.base import PageForm


class FileForm(PageForm):
    """A file with customers, items or opening invoices."""

    file = FileField(_("File"))

    def grid(self, most: int) -> Grid | None:
        """Read the file, of at most `most` lines; None puts the reason beside its field."""
        if not self.file.data or not getattr(self.file.data, "filename", ""):
            self.file.errors = [_("Choose a file, CSV or XLSX.")]
            return None
        try:
            found = read_grid(self.file.data.read(MOST_BYTES + 1))
        except BadFile as problem:
            self.file.errors = [str(problem)]
            return None
        if len(found.rows) > most:
            self.file.errors = [_("The file has more than %(most)s lines. Split it.", most=most)]
            return None
        return found
