"""Who is signed in: a random token in a cookie, its hash in a row that can be ended from anywhere."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Request, g, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import update
from werkzeug.wrappers import Response

from blueprints.framing import cookie_flags, is_framed, own_name
from blueprints.render import wants_fragment
from extensions import db, limiter, login, utcnow
from forms.auth import ConfirmForm
from models import User, UserSession
from models.audit import Actor
from models.one_time_links import token_hash
from models.passwords import is_right
from models.second_step import SecondStep

#: a browser that is not used for so long is signed out (documented in docs/)
IDLE = timedelta(hours=12)
#: and after this in any case
LIFE = timedelta(days=14)
#: how long a proven password opens dangerous settings
CONFIRMED_FOR = timedelta(minutes=15)
#: activity is written down no more often than this
TOUCH_AFTER = timedelta(minutes=5)
#: tries of the password within a signed-in session
CONFIRM_LIMIT = "10 per 15 minutes"

View = TypeVar("View", bound=Callable[..., Any])
login.session_protection = None


#: the cookie of a signed-in browser
COOKIE = "crossbill_session"


def cookie_name() -> str:
    """Return the cookie that this kind of page sets: a frame's own, else the browser's."""
    return own_name(COOKIE, is_framed())


def _tokens(request: Request) -> list[tuple[str, bool]]:
    """Return what this request may prove itself with, and whether it is a frame's.

    A frame's token opens frames only. The browser's own opens frames too where the browser sends it along: on the
    same site, or when the tab is opened by itself.
    """
    found = [(request.cookies.get(own_name(COOKIE, is_framed())), is_framed())]
    if is_framed():
        found.append((request.cookies.get(own_name(COOKIE, False)), False))
    return [(token, is_frames) for token, is_frames in found if token]


@login.request_loader  # type: ignore[untyped-decorator]
def person_of(request: Request) -> User | None:
    """Return who this request's cookie stands for, None if nobody; looked up in the table every time."""
    rows = (_live_row(token, is_frames) for token, is_frames in _tokens(request))
    row = next((row for row in rows if row is not None), None)
    if row is None:
        return None
    g.user_session = row
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        row.last_seen_at = utcnow()
    return row.user


def _live_row(token: str, is_frames: bool) -> UserSession | None:
    now = utcnow()
    row = db.session.scalar(
        db.select(UserSession).where(
            UserSession.token_hash == token_hash(token), UserSession.revoked_at.is_(None),
            UserSession.is_framed == is_frames,
        )
    )  # fmt: skip
    if row is None or not row.user.is_active:
        return None
    return row if row.last_seen_at > now - IDLE and row.created_at > now - LIFE else None


def current() -> UserSession | None:
    """Return the session row of this request; None when nobody is signed in."""
    row: UserSession | None = g.get("user_session") if current_user.is_authenticated else None
    return row


def is_activity() -> bool:
    """Say whether a person did this; a page that polls by itself says so and does not keep its session alive."""
    return request.headers.get("X-Poll") != "1" and request.args.get("poll") != "1"


def touch(response: Response) -> Response:
    """Write down that somebody was here, rarely, and on a connection of its own: pages hold no write lock."""
    row = g.get("user_session")
    if row is None or request.method != "GET" or not is_activity():
        return response
    if row.last_seen_at > (now := utcnow()) - TOUCH_AFTER:
        return response
    seen = update(UserSession).where(UserSession.id == row.id, UserSession.last_seen_at < now - TOUCH_AFTER)
    with db.engine.begin() as connection:
        connection.execute(seen.values(last_seen_at=now))
    return response


def start(user: User, response: Response) -> Response:
    """Sign a person in with a new token; the session this browser had before ends. Does not commit."""
    end_current()
    token = secrets.token_urlsafe(32)
    agent = (request.user_agent.string or "")[:300]
    db.session.add(
        UserSession(token_hash=token_hash(token), user_id=user.id, address=request.remote_addr or "", agent=agent,
                    is_framed=is_framed())
    )  # fmt: skip
    response.set_cookie(cookie_name(), token, max_age=LIFE, **cookie_flags())
    return response


def forget(response: Response) -> Response:
    """Take the cookie off this browser and tell it to drop what it kept."""
    response.delete_cookie(cookie_name(), **cookie_flags())
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def end_current() -> None:
    """End the session of this request's cookie, whoever it belongs to. Does not commit."""
    if token := request.cookies.get(cookie_name()):
        _end(UserSession.token_hash == token_hash(token))


def end_all(user_id: int, *, except_id: int | None = None) -> None:
    """End a person's sessions in all browsers, but one if told. Does not commit."""
    _end(UserSession.user_id == user_id, UserSession.id != (except_id or 0))


def end_without_second_step() -> None:
    """End the sessions of all who have no second step. Does not commit."""
    _end(UserSession.user_id.not_in(db.select(SecondStep.user_id)))


def end_one(user_id: int, session_id: int) -> None:
    """End one session of this person; somebody else's is left alone. Does not commit."""
    _end(UserSession.user_id == user_id, UserSession.id == session_id)


def _end(*which: Any) -> None:
    db.session.execute(
        update(UserSession).where(UserSession.revoked_at.is_(None), *which).values(revoked_at=utcnow())
    )  # fmt: skip


def live_sessions(user_id: int) -> list[UserSession]:
    """Return a person's sessions that still work, the last used first."""
    now = utcnow()
    return list(
        db.session.scalars(
            db.select(UserSession)
            .where(
                UserSession.user_id == user_id, UserSession.revoked_at.is_(None),
                UserSession.last_seen_at > now - IDLE, UserSession.created_at > now - LIFE,
            )
            .order_by(UserSession.last_seen_at.desc()).limit(50)
        )
    )  # fmt: skip


def actor() -> Actor:
    """Return who acts in this request for the audit log: a person, a link's holder, or a visitor."""
    address = request.remote_addr or ""
    if (visit := g.get("visit")) is not None and visit.link_name:
        return Actor("remote user", visit.link_name, None, address)
    if not current_user.is_authenticated:
        return Actor("person", "visitor", None, address)
    return Actor("person", current_user.name, current_user.id, address)


def safe_path(target: str | None) -> str | None:
    """Return `target` if it is a path on this very site, else None: no host, scheme, backslash or control character."""
    if not target or len(target) > 2000 or not target.startswith("/"):
        return None
    if any(ord(letter) <= 32 or ord(letter) == 127 or letter == "\\" for letter in target):
        return None
    path = target.partition("?")[0].partition("#")[0]
    return None if "//" in path else target


def page_of_request() -> str | None:
    """Return the path of the page the person looks at: this one, or the one that htmx or a form stands on."""
    if request.method == "GET" and not wants_fragment():
        return safe_path(request.full_path.rstrip("?"))
    parts = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if parts.netloc != request.host:
        return None
    return safe_path(parts.path + (f"?{parts.query}" if parts.query else ""))


def prove(password: str) -> bool:
    """Say whether this is the signed-in person's password, and note when it was proven. Does not commit."""
    row = current()
    stored = current_user.password_hash
    db.session.rollback()  # hashing is slow: nobody waits for our lock meanwhile
    if row is None or not is_right(password, stored):
        return False
    row.confirmed_at = utcnow()
    return True


def needs_recent_password(view: View) -> View:
    """Ask for the password before a dangerous setting unless it was proven within 15 minutes; nothing typed is lost."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        row = current()
        if row and row.confirmed_at > utcnow() - CONFIRMED_FOR:
            return view(*args, **kwargs)
        if request.method == "GET" or wants_fragment():
            return _to_confirmation()
        return _confirmed_by_form() or view(*args, **kwargs)

    return guarded  # type: ignore[return-value]


def _to_confirmation() -> Any:
    url = url_for("auth.confirm", next=page_of_request())
    return to_page(url)


def to_page(url: str) -> Response:
    """Send the browser to another page, also when htmx asked for a piece of this one."""
    if not wants_fragment():
        return redirect(url, 303)
    return Response("", 200, {"HX-Redirect": url, "Vary": "HX-Request"})


def _confirmed_by_form() -> Any:
    """Return the page that asks, carrying the posted fields along; None once it brought the right password."""
    given = request.form.get("confirm_password")
    wrong = None
    if given is not None:
        with limiter.limit(CONFIRM_LIMIT, key_func=lambda: f"confirm-{current_user.id}"):
            if prove(given):
                return None
        wrong = True
    kept = [(name, value) for name, value in request.form.items(multi=True)
            if name not in {"confirm_password", "csrf_token"}]  # fmt: skip
    page = render_template("auth/confirm.html", form=ConfirmForm(formdata=None), kept=kept, is_wrong=wrong)
    return page, 422
