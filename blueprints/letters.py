"""Letters to our own people: the same words for pages as for what runs without one."""

from __future__ import annotations

from billing.mail.letters import absolute, can_mail, queue_letter

__all__ = ["absolute", "can_mail", "queue_letter"]
