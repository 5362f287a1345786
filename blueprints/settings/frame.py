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
        _integrations(),
        (_("Preferences"), "adjustments", url_for("settings.preferences"),
         _("Projects: hours a day, rounding, layout, default rate, terms"), ""),
        (_("Taxes"), "receipt", url_for("settings.taxes"), _("The rates that lines may carry"), ""),
        (_("Numbers"), "tag", url_for("settings.numbers"), _("How quotes and invoices are numbered"), ""),
        (_("Mail"), "mail", url_for("settings.mail"), _("The server that sends your invoices"),
         " · ".join(part for part in mail if part)),
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
