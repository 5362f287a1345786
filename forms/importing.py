"""What the pages about coming from another tool may submit: its files and dates, and the typed confirmation."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, FileField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from forms.base import PageForm, stripped

#: what a person types to show that it is meant
WORD = "MIGRATE"


class ImportForm(PageForm):
    """Files of the former tool; at least one of the files or the cut-off date."""

    origin = StringField(
        _("Former tool"), [InputRequired(_("Say which tool it was.")), Length(max=60)], filters=[stripped]
    )
    switched_on = DateField(_("Switched on"), [Optional()])
    transactions = FileField(_("Transactions"))
    entries = FileField(_("Invoiced time entries"))
    cutoff = DateField(_("Cut-off date"), [Optional()])

    def validate(self, extra_validators: Any = None) -> bool:
        """There is something to take in."""
        is_valid = bool(super().validate(extra_validators))
        if not (self.transactions.data or self.entries.data or self.cutoff.data) and not self.cutoff.errors:
            self.transactions.errors = [_("Choose a file, or enter a cut-off date.")]
            return False
        return is_valid


class MigrateForm(PageForm):
    """The step that cannot be taken back, confirmed by a typed word (requirements L-05)."""

    word = StringField(_("To confirm, type MIGRATE"), filters=[stripped])
    snapshot = BooleanField(_("Back up first"), default=True)

    def validate_word(self, field: StringField) -> None:
        """It is typed as it is shown."""
        if field.data != WORD:
            raise ValidationError(_("Type MIGRATE in capitals to confirm."))
