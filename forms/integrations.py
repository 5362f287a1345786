"""What the pages of integrations may submit: credentials, the portal, preferences."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from forms.base import PageForm, options, stripped

#: minutes between quick runs
INTERVALS = ((15, _("15 minutes")), (60, _("Hour")), (360, _("6 hours")), (720, _("12 hours")), (1440, _("24 hours")))
#: minutes between the short looks at recent hours and new projects
HOT_MINUTES = ((0, _("Never")), (5, _("5 minutes")), (10, _("10 minutes")), (30, _("30 minutes")))


class ConnectForm(PageForm):
    """Where the remote lives and our registration there; stored secrets are never sent back to the page."""

    data_centre = SelectField(_("Data centre"), [InputRequired(_("Choose a data centre."))])
    accounts_url = StringField(_("Address of the accounts server"), [Length(max=300)], filters=[stripped])
    api_url = StringField(_("Address of the API"), [Length(max=300)], filters=[stripped])
    client_id = StringField(_("Client ID"), [Length(max=200)], filters=[stripped])
    client_secret = PasswordField(_("Client secret"), [Length(max=200)], filters=[stripped])


class CredentialsForm(PageForm):
    """A new client registration for an integration that exists; empty fields keep what is stored."""

    client_id = StringField(_("Client ID"), [Length(max=200)], filters=[stripped])
    client_secret = PasswordField(_("Client secret"), [Length(max=200)], filters=[stripped])


class CodeForm(PageForm):
    """A code that a person generated in the API console."""

    code = StringField(
        _("Code from the self client"),
        [InputRequired(_("Paste the code that the API console generated.")), Length(max=300)],
        filters=[stripped],
    )


class PortalForm(PageForm):
    """Which portal to connect."""

    scope_id = SelectField(_("Portal name"), [InputRequired(_("Choose a portal."))], validate_choice=False)


class DuplicatesForm(PageForm):
    """The one preference that people change later from the details page (requirements P-37); there is no Skip."""

    duplicates = RadioField(
        _("When a customer of the same name is already here"),
        [InputRequired(_("Choose what happens to duplicates."))],
        choices=options([("overwrite", _("Overwrite")), ("clone", _("Clone"))]),
    )


class PreferencesForm(PageForm):
    """Modules and rules (requirements P-09 to P-22). *Projects* is always synced and therefore no field (P-06)."""

    time_entries = BooleanField(_("Timesheet"))
    general_entries = BooleanField(_("General timesheets"))
    extent = RadioField(
        _("Hours logged before you connected"),
        [InputRequired(_("Pick one of the two: there is no safe guess about money."))],
        choices=options([("cutoff", _("Invoiced elsewhere before a date")), ("unbilled", _("Everything is unbilled"))]),
    )
    cutoff = DateField(_("Cut-off date"), [Optional()])
    duplicates = RadioField(
        _("When a customer of the same name is already here"),
        [InputRequired(_("Choose what happens to duplicates."))],
        choices=options([("overwrite", _("Overwrite")), ("clone", _("Clone"))]),
        default="overwrite",
    )
    restrict_project_creation = BooleanField(_("Restrict project creation"))
    interval_minutes = SelectField(_("Sync every"), choices=options(INTERVALS), coerce=int, default=60)
    hot_minutes = SelectField(_("Look for new hours every"), choices=options(HOT_MINUTES), coerce=int, default=5)

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for the date where it decides (requirements P-17); where it does not, what was typed is set aside."""
        is_valid = bool(super().validate(extra_validators))
        if self.extent.data == "cutoff" and self.cutoff.data is None and not self.cutoff.errors:
            self.cutoff.errors = [_("Enter the cut-off date, or choose that everything is unbilled.")]
            return False
        return is_valid

    def changes(self) -> dict[str, Any]:
        """The preferences as plain JSON values."""
        date = self.cutoff.data if self.extent.data == "cutoff" else None
        return {
            "time_entries": self.time_entries.data,
            "general_entries": self.general_entries.data,
            "cutoff": date.isoformat() if date else None,
            "duplicates": self.duplicates.data,
            "restrict_project_creation": self.restrict_project_creation.data,
        }
