"""Integrations, their credentials, runs, and what is known of every remote record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from extensions import Model, UTCDateTime, utcnow

#: words people see for the state of a connection (requirements §13)
CONNECTION_STATES = {
    "none": "Not connected",
    "authorised": "Authorised",
    "active": "Active",
    "paused": "Paused",
    "disabling": "Disabling",
    "disabled": "Disabled",
    "needs_reauth": "Reconnect needed",
    "deleted": "Deleted",
}
#: states in which an integration still brings its records up to date
FEEDING = ("active", "paused", "disabling", "needs_reauth")
#: run states; "live" ones hold the integration's lease
RUN_STATES = {
    "queued": "Queued",
    "running": "Sync in Progress",
    "waiting": "Waiting for Zoho",
    "ok": "Completed",
    "partial": "With errors",
    "failed": "Failed",
    "interrupted": "Interrupted",
    "stopped": "Stopped",
}
LIVE_RUN_STATES = ("queued", "running", "waiting")
#: kinds of runs that read every module
WHOLE_RUN_KINDS = ("full", "quick")


class Integration(Model):
    """One connection to one remote product, with its preferences. At most one live row per connector (G-05)."""

    __tablename__ = "integrations"
    __table_args__ = (
        CheckConstraint("state IN ({})".format(", ".join(f"'{s}'" for s in CONNECTION_STATES)), name="state"),
        Index(
            "uq_integrations_live", "connector", unique=True,
            sqlite_where=text("state <> 'deleted'"), postgresql_where=text("state <> 'deleted'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    #: a key of connectors.CONNECTORS
    connector: Mapped[str]
    state: Mapped[str] = mapped_column(default="none")
    #: code of a data centre, or "custom"
    data_centre: Mapped[str] = mapped_column(default="us")
    accounts_url: Mapped[str] = mapped_column(default="")
    api_url: Mapped[str] = mapped_column(default="")
    #: the portal; empty until chosen
    scope_id: Mapped[str] = mapped_column(default="")
    scope_name: Mapped[str] = mapped_column(default="")
    #: IANA name of the portal's zone: dates and the cut-off live in it
    scope_time_zone: Mapped[str] = mapped_column(default="UTC")
    #: `sync.settings.SyncSettings` as JSON: modules, cut-off, duplicates, field maps …
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: minutes between the quick runs; full runs come every 24 h counted from `connected_at` (P-40)
    interval_minutes: Mapped[int] = mapped_column(default=60)
    #: minutes between the looks at recent entries and new projects; 0: never
    hot_minutes: Mapped[int] = mapped_column(default=5)
    #: when the last look at recent entries was queued
    hot_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: what a webhook must bring along, encrypted; NULL until the owner asked for one
    webhook_secret: Mapped[str | None] = mapped_column(default=None)
    connected_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    connected_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: start of the last run that brought everything; the next quick run asks for changes since then
    synced_until: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    last_full_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: the sentence shown while the connection needs a person
    problem: Mapped[str] = mapped_column(default="")
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    deleted_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: who runs it now, and until when that claim holds without a heartbeat (requirements R-16)
    lease_owner: Mapped[str | None] = mapped_column(default=None)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class Credential(Model):
    """Client registration and tokens of an integration, encrypted; never shown again once stored."""

    __tablename__ = "credentials"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    #: Fernet token of a JSON object: client_id, client_secret, refresh_token, access_token, expires_at, scopes
    secret: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)


class Link(Model):
    """What is known of one remote record: the local row it became, and what the last run concluded about it.

    `outcome`: added, updated, unchanged, deleted, inactivated, cloned, overwritten, excluded, failed.
    Kept-out records (excluded, failed) have no `local_id`, and keep their fields in `kept` so that pages can
    say what is missing and so that those which wait can be tried again without being sent again.
    """

    __tablename__ = "links"
    __table_args__ = (
        UniqueConstraint("integration_id", "module", "remote_id"),
        Index(
            "uq_links_local", "integration_id", "module", "local_id", unique=True,
            sqlite_where=text("local_id IS NOT NULL"), postgresql_where=text("local_id IS NOT NULL"),
        ),
        Index(
            "ix_links_waiting", "integration_id", "module", "id",
            sqlite_where=text("is_waiting"), postgresql_where=text("is_waiting"),
        ),
        Index(
            "ix_links_kept_out", "integration_id", "module", "reason", "is_muted", "id",
            sqlite_where=text("reason IS NOT NULL"), postgresql_where=text("reason IS NOT NULL"),
        ),
        # holds all that sums over kept-out records read, so that they never visit the table
        Index(
            "ix_links_stuck",
            "integration_id", "module", "reason", "is_muted", "kept_cause", "kept_project", "kept_seconds",
            sqlite_where=text("reason IS NOT NULL"), postgresql_where=text("reason IS NOT NULL"),
        ),
        Index(
            "ix_links_kept_cause", "integration_id", "kept_cause", "id",
            sqlite_where=text("kept_cause IS NOT NULL"), postgresql_where=text("kept_cause IS NOT NULL"),
        ),
        Index("ix_links_created_run_id_id", "created_run_id", "id"),
        Index(
            "ix_links_missing", "integration_id", "module", "id",
            sqlite_where=text("missing_since IS NOT NULL"), postgresql_where=text("missing_since IS NOT NULL"),
        ),
        Index(
            "ix_links_watched", "watcher_id",
            sqlite_where=text("watcher_id IS NOT NULL"), postgresql_where=text("watcher_id IS NOT NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    module: Mapped[str]
    remote_id: Mapped[str]
    local_id: Mapped[int | None] = mapped_column(default=None)
    #: 16 bytes over the remote fields as listed: the same hash is not written again
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    outcome: Mapped[str]
    #: a code of sync.reasons, only while kept out (or flagged)
    reason: Mapped[str | None] = mapped_column(default=None)
    #: what the sentence of the reason needs: names, hours, the parent's id
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    kept: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    #: local column values as last synced, plain JSON, for modules synced both ways: what changes are told from (M-08)
    base: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    #: the local row that this record was merged into, because another remote record is the same (C-20)
    same_as_id: Mapped[int | None] = mapped_column(default=None)
    #: when the remote says that it changed last: what a push expects to find (optimistic locking)
    remote_modified_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: `sync.kept_out.figures` of it: seconds logged, remote id of its project, and the record it waits for
    kept_seconds: Mapped[int | None] = mapped_column(default=None)
    kept_project: Mapped[str | None] = mapped_column(default=None)
    kept_cause: Mapped[str | None] = mapped_column(default=None)
    is_waiting: Mapped[bool] = mapped_column(default=False)
    #: a complete listing did not bring it, and its removal waits for a person (the delete brake, M-07)
    missing_since: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: a person said that it may stay out: it no longer asks for attention
    is_muted: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: who wants to be told when it comes in
    watcher_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), default=None)
    #: the run that concluded, and the run that made the local row
    run_id: Mapped[int] = mapped_column(default=0)
    created_run_id: Mapped[int | None] = mapped_column(default=None)
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)


class SyncRun(Model):
    """One execution of a sync: queued by a page or the clock, claimed by whoever performs it."""

    __tablename__ = "sync_runs"
    __table_args__ = (
        CheckConstraint("state IN ({})".format(", ".join(f"'{s}'" for s in RUN_STATES)), name="state"),
        Index(
            "uq_sync_runs_live", "integration_id", unique=True,
            sqlite_where=text("state IN ('queued','running','waiting')"),
            postgresql_where=text("state IN ('queued','running','waiting')"),
        ),
        Index("ix_sync_runs_integration_id_id", "integration_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    #: full (everything, absences noticed), quick (what changed), hot (recent entries and new projects),
    #: touch (the records of `target`), removal (those the brake held), undo, or preview (full, nothing is written)
    kind: Mapped[str] = mapped_column(default="quick")
    #: setup, instant, schedule, command, retry, webhook, resume, undo
    trigger: Mapped[str]
    actor: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(default=None)
    state: Mapped[str] = mapped_column(default="queued")
    #: frozen at the start: later edits act on the next run (requirements C-57)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: what a touch, removal or undo run is about, e.g. {"records": [{"module", "id", "hints"}]} or {"run": 12}
    target: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    #: the run that took this one back (M-02)
    undone_by: Mapped[int | None] = mapped_column(default=None)
    #: ask for changes since this instant; NULL in a full run
    since: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    calls: Mapped[int] = mapped_column(default=0)
    #: how often it waited because the remote did not answer
    attempts: Mapped[int] = mapped_column(default=0)
    #: what it waits for, or why it failed; one sentence
    message: Mapped[str] = mapped_column(default="")
    #: what a preview found: samples per module and the money (sync.preview)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    #: an id the owner can quote when it was a bug of ours
    fault_id: Mapped[str] = mapped_column(default="")
    queued_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    #: not before this instant (the remote asked us to wait)
    not_before: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    integration: Mapped[Integration] = relationship()
    modules: Mapped[list[SyncRunModule]] = relationship(
        back_populates="run", cascade="all, delete-orphan", order_by="SyncRunModule.position"
    )


class SyncRunModule(Model):
    """One module within a run. States: queued, running, ok, partial, failed, skipped (its parent failed)."""

    __tablename__ = "sync_run_modules"
    __table_args__ = (UniqueConstraint("run_id", "module"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("sync_runs.id", ondelete="CASCADE"))
    module: Mapped[str]
    position: Mapped[int]
    state: Mapped[str] = mapped_column(default="queued")
    #: opaque place in the remote listing, written with the rows it stands for
    cursor: Mapped[str | None] = mapped_column(default=None)
    #: the listing was read to its end in this run
    is_complete: Mapped[bool] = mapped_column(default=False)
    seen: Mapped[int] = mapped_column(default=0)
    #: how many there will be, when that is known or can be guessed
    expected: Mapped[int | None] = mapped_column(default=None)
    added: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    removed: Mapped[int] = mapped_column(default=0)
    excluded: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    #: records written at the remote
    pushed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    message: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime, default=None)

    run: Mapped[SyncRun] = relationship(back_populates="modules")


class BeforeImage(Model):
    """What a local row held before a run changed or removed it; what the run added is told by `Link.created_run_id`."""

    __tablename__ = "before_images"
    __table_args__ = (
        Index("ix_before_images_run_id_id", "run_id", "id"),
        Index(
            "ix_before_images_removed", "run_id", "id",
            sqlite_where=text("after IS NULL"), postgresql_where=text("after IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("sync_runs.id", ondelete="CASCADE"))
    module: Mapped[str]
    remote_id: Mapped[str]
    local_id: Mapped[int]
    #: the changed columns, or the whole row where it was removed; empty where an undo made the row again
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: what was written to those columns; NULL where the row was removed
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
