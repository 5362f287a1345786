"""Switches for behaviour in which sources disagree or which live servers were seen to have."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(slots=True)
class Quirks:
    """Defaults follow zoho-projects-wire; each may be changed at `/_standin/quirks`."""

    #: §2.6: "documented" (429, 200 calls in 2 minutes), "measured" (400, 100 calls) or "off"
    throttle: str = "documented"
    #: §5.1: portal-wide time logs always say has_next_page true and page_count 100
    portal_timelogs_always_more: bool = True
    #: §2.1: `has_next_page` as the text "true"/"false" instead of a boolean, on all lists
    more_flag_as_text: bool = False
    #: §1.6: a missing scope answers 400 URL_RULE_NOT_CONFIGURED instead of 401 INVALID_OAUTHSCOPE
    missing_scope_as_wrong_url: bool = False
    #: §2.5: an invalid token answers 400 (documented) instead of 401 (seen)
    invalid_token_status: int = 401
    #: §5.3: POST /log answers 500, as measured in March 2026
    single_log_post_fails: bool = False
    #: §5.3: the owner of a task's time log must be among the task's owners
    log_owner_must_own_task: bool = True
    #: §5.1: also accept fetch_by_modified_time portal-wide (not documented there, hence off)
    portal_modified_time: bool = False
    #: §6: False hides all client endpoints (their bodies are an assumption): 400 URL_RULE_NOT_CONFIGURED
    clients_known: bool = True
    #: CRM §7: the ids of one call in one POST ("together"), one POST for each id ("each"), each POST "twice", or "off"
    crm_notifications: str = "together"
    #: CRM §6: calls that may go on at once; null is what the edition says, 0 refuses all
    crm_calls_at_once: int | None = None
    #: CRM §5.3: creating a contact whose e-mail exists is refused as a duplicate
    crm_email_is_unique: bool = True

    def update(self, changes: dict[str, Any]) -> None:
        """Set some switches by name; an unknown name is a `KeyError`."""
        known = {item.name for item in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise KeyError(name)
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """All switches and their positions."""
        return asdict(self)
