"""What may be wrong with a connection, a field map or a whole run."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from sync.reasons.base import CONNECTION, MAPPING, RUN, Reason

ROWS = (
    Reason(
        "AUTH-CHANGED", CONNECTION, _l("The credentials were changed or revoked"),
        _l("Zoho no longer accepts our access. Somebody changed the password or the client, or withdrew the consent."),
        _l("Update the credentials. Everything that was fetched stays."),
        kind="failed",
    ),
    Reason(
        "AUTH-PERMISSION", CONNECTION, _l("A module may not be read"),
        _l("The connected account may not read {module}: the permission or the edition lacks it, or it is hidden."),
        _l("Grant it to the connected account in Zoho, then test again. The other modules go on."),
        kind="failed",
    ),
    Reason(
        "PORTAL-MISMATCH", CONNECTION, _l("Another portal than the one connected"),
        _l("The account that was authorised does not own the portal that is connected."),
        _l("Authorise with the portal's owner. For another portal, delete the integration and connect anew."),
        kind="failed",
    ),
    Reason(
        "MAP-TYPE", MAPPING, _l("Fields of different types"),
        _l("{field} and {other} hold different types of data, so one cannot feed the other."),
        _l("Choose a field of the same type, or have one created."),
        kind="failed",
    ),
    Reason(
        "MAP-LIMIT", MAPPING, _l("Too many custom fields"),
        _l("{module} have as many custom fields as there can be."),
        _l("Remove a mapping that is no longer needed."),
        kind="failed",
    ),
    Reason(
        "SYNC-LONG", RUN, _l("A sync takes more than two hours"),
        _l("This sync has been going on since {since}. That is longer than it should take."),
        _l("See what it is waiting for. If it does not move, check the credentials, or disable and enable again."),
        kind="failed",
    ),
    Reason(
        "RATE-LIMIT", RUN, _l("Zoho asks us to wait"),
        _l("Zoho takes no more calls for now."),
        _l("Nothing to do: the sync keeps its place and goes on by itself at {until}."),
        kind="failed",
    ),
    Reason(
        "REMOTE-DOWN", RUN, _l("Zoho could not be reached"),
        _l("Zoho gave no usable answer: {problem}"),
        _l("Nothing to do: the next sync, at {until}, brings what this one could not."),
        kind="failed",
    ),
)  # fmt: skip
