"""Ways to the place where something can be mended: the remote's own page, the cause, both sides, our own pages."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from sync import connection
from sync.reasons import REASONS
from sync.remedies.again import hints_of
from sync.remedies.base import ANY_RECORD, Case, Offer, Place, Remedy


class OpenRemote(Remedy):
    """*Open in Zoho*: the record's page in the remote product."""

    key = "open"
    codes = ANY_RECORD
    icon = "external-link"
    title = _l("Open in Zoho")
    permission = "integrations.view"

    def offer(self, case: Case) -> Offer | None:
        """Where the record has a page."""
        link = case.one
        if link is None:
            return None
        address = connection.web_page(case.integration, link.module, link.remote_id, hints_of(link))
        return self._offer(_("Open in Zoho"), Place("remote", address)) if address else None


class JumpToCause(Remedy):
    """*Jump to the cause*: the record that keeps this one out."""

    key = "cause"
    codes = frozenset(code for code, reason in REASONS.items() if reason.follows)
    icon = "arrow-right"
    title = _l("Jump to the cause")
    permission = "integrations.view"

    def offer(self, case: Case) -> Offer | None:
        """Where the cause is known."""
        detail = (case.one.detail if case.one else None) or {}
        if not detail.get("parent"):
            return None
        module = detail.get("parent_module") or "projects"
        return self._offer(_("Jump to the cause"), Place("cause", f"{module}/{detail['parent']}"))


class ShowBoth(Remedy):
    """*Show both*: what stands here beside what the remote says now."""

    key = "both"
    codes = frozenset({"PRIM-LOCKED", "CUR-LOCKED"})
    icon = "arrows-left-right"
    title = _l("Show both")
    permission = "integrations.view"

    def offer(self, case: Case) -> Offer | None:
        """For one record; on its own page both stand there already."""
        if case.one is None or case.is_close_up:
            return None
        return self._offer(_("Show both"), Place("record", str(case.one.id), "both"))


class ShowWaiting(Remedy):
    """*Show what it is waiting for*: the run as it stands."""

    key = "waiting"
    codes = frozenset({"SYNC-LONG"})
    icon = "hourglass"
    title = _l("Show what it is waiting for")
    permission = "integrations.view"

    def offer(self, case: Case) -> Offer | None:
        """Always there."""
        return self._offer(self.title, Place("page", "integrations.details", "status-card"))


class Reauthorise(Remedy):
    """*Re-authorise*: new credentials or a new consent."""

    key = "reauthorise"
    codes = frozenset({"AUTH-CHANGED", "PORTAL-MISMATCH"})
    icon = "key"
    title = _l("Re-authorise")
    permission = "integrations.connect"

    def offer(self, case: Case) -> Offer | None:
        """Always there."""
        return self._offer(self.title, Place("page", "integrations.credentials"))


class DeleteAndConnect(Remedy):
    """*Delete and connect new*: another portal needs another integration."""

    key = "reconnect"
    codes = frozenset({"PORTAL-MISMATCH"})
    icon = "trash"
    title = _l("Delete and connect new")
    permission = "integrations.connect"

    def offer(self, case: Case) -> Offer | None:
        """Always there; the page it leads to asks first."""
        return self._offer(self.title, Place("page", "integrations.confirm_delete"))


class MapAnew(Remedy):
    """*Create a field of that type*: on the page of field maps."""

    key = "map"
    codes = frozenset({"MAP-TYPE", "MAP-LIMIT"})
    icon = "adjustments"
    title = _l("Create a field of that type")
    permission = "integrations.connect"

    def offer(self, case: Case) -> Offer | None:
        """Always there."""
        return self._offer(self.title, Place("page", "integrations.fields"))
