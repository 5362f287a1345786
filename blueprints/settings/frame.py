"""The index of settings: one card each, with what is set at a glance."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, url_for
from flask_babel import gettext as _

from billing.mail.letters import can_mail
from blueprints.access import may, needs
from blueprints.filters import organisation
from models.organisation import EDITIONS

blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@blueprint.get("/")
@needs("settings.view")
def index() -> Any:
    """Show the cards: title, icon, address, what it is for, what is set now."""
    return render_template("settings/index.html", cards=[card for card in _cards() if card])


def _cards() -> list[tuple[str, str, str, str, str] | None]:
    here = organisation()
    edition = EDITIONS[here.edition] if here else ""
    currency = here.base_currency if here else ""
    mail = (_("Set up"), here.mail_host) if here and can_mail(here) else (_("Not set up"), "")
    return [
        (_("Organisation"), "building", url_for("settings.organisation"),
         _("Name, address, edition, currency, time zone, bank details"), f"{edition} · {currency}"),
        (_("Branding"), "star", url_for("settings.branding"),
         _("Logo, colour, layout and language of your papers"), ""),
        _integrations(),
        (_("Preferences"), "adjustments", url_for("settings.preferences"),
         _("Projects: hours a day, rounding, layout, default rate, terms"), ""),
        (_("Taxes"), "receipt", url_for("settings.taxes"), _("The rates that lines may carry"), ""),
        (_("Payment terms"), "calendar", url_for("settings.payment_terms"), _("When invoices are due"), ""),
        (_("Currencies"), "cash", url_for("settings.currencies"), _("What other currencies are worth, by date"), ""),
        (_("Numbers"), "tag", url_for("settings.numbers"), _("How quotes and invoices are numbered"), ""),
        (_("Import from files"), "upload", url_for("imports.index"),
         _("Customers, items and opening invoices from CSV or XLSX"), ""),
        (_("Your own fields"), "list-check", url_for("settings.custom_fields"),
         _("What you keep about customers beyond name and address"), ""),
        (_("Mail"), "mail", url_for("settings.mail"), _("The server that sends your invoices"),
         " · ".join(part for part in mail if part)),
        (_("E-mail templates"), "pencil", url_for("settings.mail_templates"),
         _("What e-mails to customers say, in each language"), ""),
        (_("Reminders"), "clock", url_for("settings.reminders"),
         _("Following up what is overdue, and the late fee"), _("On") if here and here.has_reminders else _("Off")),
        (_("Users"), "users", url_for("settings.users"), _("Who may sign in, and what they may do"), ""),
        (_("Security"), "shield", url_for("auth.account"), _("Your password, and where you are signed in"), ""),
        (_("Backups"), "archive", url_for("settings.backups"), _("Keep everything safe, or take it with you"), ""),
        (_("Audit log"), "list-check", url_for("audit.index"), _("Who did what, when and from where"), ""),
    ]  # fmt: skip


def _integrations() -> tuple[str, str, str, str, str] | None:
    if "integrations.index" not in current_app.view_functions or not may("integrations.view"):
        return None
    about = _("Zoho Projects and Zoho CRM: connect, choose, map, sync")
    return _("Integrations"), "plug", url_for("integrations.index"), about, ""
