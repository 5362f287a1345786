"""Calls to a Zoho product on behalf of one account: renewed access, the throttle, and errors in our words."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from connectors.base import CallObserver, Endpoint, Tokens
from connectors.errors import CredentialsRejected, RateLimited, ReplyLost, ScopeMissing
from connectors.http import Answer, Exchange, NotSent, Transient
from connectors.throttle import USUAL, Pace, Throttle, pattern
from connectors.zoho import AUTHORISE_AGAIN, BLOCK_SECONDS, ask_for_tokens, take_tokens, utc_now
from connectors.zoho_words import Forbidden, Kind, Problem, as_error, read_problem, told_wait

T = TypeVar("T")

RENEW_BEFORE = timedelta(minutes=5)
DEFAULT_PATIENCE = 120.0
#: what `take` is given when an answer had no body, which a body of `null` is not (`Question.silences`)
SILENCE: Final = object()


@dataclass(frozen=True, slots=True)
class Ways:
    """How a session meets the world; everything that a test may want to hold in its hand."""

    save_tokens: Callable[[Tokens], None] | None = None
    observer: CallObserver | None = None
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    throttle: Throttle | None = None
    patience: float = DEFAULT_PATIENCE
    #: how fast the product may be called; `is_shared`: all its addresses count together
    pace: Pace = USUAL
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One call: its path below the API's address, and what it is about, in words and as a scope."""

    path: str
    params: Mapping[str, str]
    subject: str
    scope: str
    #: objects that carry two ids are marked (costs time; time entries look for them otherwise)
    is_watchful: bool = True
    method: str = "GET"
    #: sent as JSON
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    #: sent as a form instead
    form: Mapping[str, str] | None = None
    #: statuses that are an answer without a body: nothing there (204), nothing changed (304)
    silences: frozenset[int] = frozenset()
    #: whether a body answers the question, whatever its status: where an answer speaks record by record
    is_answer: Callable[[Any], bool] | None = None
    #: the sentence when the account may not do this; empty: the usual one
    forbidden: str = ""


class AccessKeeper:
    """Holds the tokens and renews the access token, once for all threads."""

    def __init__(self, exchange: Exchange, endpoint: Endpoint, tokens: Tokens, ways: Ways) -> None:
        self._exchange = exchange
        self._endpoint = endpoint
        self._tokens = tokens
        self._ways = ways
        self._lock = threading.Lock()
        self._dead: str | None = None
        self._not_before: datetime | None = None

    def current(self) -> str:
        """An access token that is good for some minutes yet."""
        token, expires = self._tokens.access_token, self._tokens.expires_at
        if token and (expires is None or self._ways.clock() < expires - RENEW_BEFORE):
            return token
        return self.renewed(token)

    def renewed(self, stale: str) -> str:
        """A token other than `stale`; whoever comes second finds the work done. Raises CredentialsRejected."""
        with self._lock:
            if self._tokens.access_token and self._tokens.access_token != stale:
                return self._tokens.access_token
            self._renew()
            return self._tokens.access_token

    def _renew(self) -> None:
        self._refuse_early()
        form = {"grant_type": "refresh_token", "refresh_token": self._tokens.refresh_token}
        try:
            granted = self._exchange.persist(lambda: ask_for_tokens(self._exchange, self._endpoint, form))
        except CredentialsRejected as error:
            self._dead = str(error)
            raise
        except RateLimited as error:
            self._not_before = self._ways.clock() + timedelta(seconds=error.retry_after)
            raise
        take_tokens(self._tokens, granted, self._ways.clock())
        if self._ways.save_tokens is not None:
            self._ways.save_tokens(self._tokens)

    def _refuse_early(self) -> None:
        """A refusal once heard is not asked for again."""
        if self._dead is not None:
            raise CredentialsRejected(self._dead)
        if self._not_before is not None and self._ways.clock() < self._not_before:
            left = int((self._not_before - self._ways.clock()).total_seconds()) + 1
            raise RateLimited("Zoho gives out no more access for some minutes. It goes on by itself.", left)


class ZohoSession:
    """Asks one Zoho product questions on behalf of one account."""

    def __init__(self, product: str, exchange: Exchange, endpoint: Endpoint, tokens: Tokens, ways: Ways) -> None:
        self._product = product
        self._exchange = exchange
        self._base = endpoint.api_url.rstrip("/")
        self._access = AccessKeeper(exchange, endpoint, tokens, ways)
        self._ways = ways
        self._throttle = ways.throttle or Throttle(ways.clock, ways.sleep)

    def ask(self, question: Question, take: Callable[[Any, Answer], T]) -> T:
        """The answer as `take` makes it of the JSON; `take` raises `Transient` for a shape that it cannot believe."""
        asking = _Asking(self._ways.patience)
        return self._exchange.persist(lambda: self._attempt(question, take, asking))

    def tell(self, question: Question, take: Callable[[Any, Answer], T]) -> T:
        """Send something that changes the remote: once, for a lost answer may have been a yes (`ReplyLost`, R-10).

        Only what was refused unread is sent again: calls above the limit, and those with an access that ran out.
        """
        self._access.current()
        try:
            return self._attempt(question, take, _Asking(self._ways.patience))
        except NotSent:
            raise
        except Transient as error:
            said = str(error).removesuffix("Try again later.").rstrip()
            raise ReplyLost(f"{said} It is not known whether {self._product} took it.") from error

    def _attempt(self, question: Question, take: Callable[[Any, Answer], T], asking: _Asking) -> T:
        while True:
            token = self._access.current()
            answer = self._send(question, token, asking)
            if answer.status in question.silences:
                return take(SILENCE, answer)
            body = _body(answer, question.is_watchful)
            is_answer = question.is_answer is not None and question.is_answer(body)
            problem = None if is_answer else read_problem(answer.status, body)
            if problem is None:
                return take(body, answer)
            if problem.kind is Kind.THROTTLED:
                self._wait_as_told(question, answer, problem, asking)
            elif problem.kind is Kind.EXPIRED and not asking.has_renewed:
                asking.has_renewed = True
                self._access.renewed(token)
            elif problem.kind is Kind.EXPIRED:
                raise self._still_refused(question, problem)
            else:
                raise _refused(question, problem, self._product)

    def _send(self, question: Question, token: str, asking: _Asking) -> Answer:
        key = self._key(question)
        blocked = self._throttle.blocked_for(key)
        if blocked:
            self._throttle.announce(key, blocked)
            self._wait(blocked, asking)
        waited = self._throttle.enter(key, self._ways.pace) + asking.take_waited()
        status = 0
        headers: Mapping[str, str] = {}
        try:
            answer = self._exchange.send(
                question.method,
                self._base + question.path,
                params=question.params,
                form=question.form,
                json=question.body,
                headers={**question.headers, "Authorization": f"Zoho-oauthtoken {token}"},
            )
            status, headers = answer.status, answer.headers
            return answer
        finally:
            self._throttle.leave(key, headers)
            if self._ways.observer is not None:
                self._ways.observer(question.method, pattern(question.path), status, waited)

    def _wait_as_told(self, question: Question, answer: Answer, problem: Problem, asking: _Asking) -> None:
        """As long as told, but each time longer: a short wait that did not help is not repeated for ever."""
        asking.throttles += 1
        grown = 2.0**asking.throttles * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        seconds = told_wait(answer, problem.message, self._ways.clock())
        if seconds is None:
            is_short = answer.status == 429 and grown <= asking.patience
            seconds = grown if is_short else float(BLOCK_SECONDS)
        elif asking.throttles > 1:
            seconds = max(seconds, grown)
        self._throttle.block(self._key(question), seconds, answer.status, problem.message)
        self._wait(seconds, asking)

    def _key(self, question: Question) -> str:
        """What the remote counts by: each address, or all of them together."""
        return self._product if self._ways.is_shared else f"{question.method} {pattern(question.path)}"

    def _wait(self, seconds: float, asking: _Asking) -> None:
        if seconds > asking.patience:
            raise RateLimited(
                f"{self._product} asks us to make a pause before reading more. It goes on by itself.",
                int(seconds) + 1,
            )
        asking.patience -= seconds
        asking.waited += seconds
        self._ways.sleep(seconds)

    def _still_refused(self, question: Question, problem: Problem) -> Exception:
        if problem.title.isdecimal():
            return ScopeMissing(
                f"{self._product} renewed the access but still does not let this connection read "
                f"{question.subject}. The permission {question.scope} is missing: {AUTHORISE_AGAIN}"
            )
        return CredentialsRejected(
            f"{self._product} refuses even renewed access. The account may have been closed or moved to another "
            f"data centre. {AUTHORISE_AGAIN}"
        )


@dataclass(slots=True)
class _Asking:
    """What one question has used up so far."""

    patience: float
    waited: float = 0.0
    has_renewed: bool = False
    throttles: int = 0

    def take_waited(self) -> float:
        """Seconds waited since last told."""
        waited, self.waited = self.waited, 0.0
        return waited


def _refused(question: Question, problem: Problem, product: str) -> Exception:
    """The error, with the question's own sentence where the account may not do this."""
    if problem.kind is Kind.FORBIDDEN and question.forbidden:
        said = f" {product} says: {problem.message}" if problem.message else ""
        return Forbidden(question.forbidden + said)
    return as_error(problem, product, question.subject, question.scope)


def _body(answer: Answer, is_watchful: bool) -> Any:
    """The JSON of an answer; of a failed one, None when it is not JSON: its status says enough."""
    if answer.status < 400:
        return answer.json(is_watchful=is_watchful)
    try:
        return answer.json()
    except Transient:
        return None
