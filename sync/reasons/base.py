"""What a row of the error catalogue is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date

#: modules of reasons that are not about one record of one module
RECORD, CONNECTION, MAPPING, RUN = "record", "connection", "mapping", "run"
_ELSEWHERE = (CONNECTION, MAPPING, RUN)


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the catalogue. `kind`: excluded (a rule kept it out) or failed (it could not be processed)."""

    code: str
    #: a module's key, "record" (any module), or "connection", "mapping", "run"
    module: str
    #: a few words for lists
    title: Any
    #: one sentence with `{placeholders}` filled from `Link.detail`
    why: Any
    #: what to do
    remedy: Any
    kind: str
    #: the remote will not send it again when the cause goes away here, so it is tried again at each run
    waits: bool = False
    #: a few words: what would let it in (M-03)
    would: Any = ""

    @property
    def is_of_records(self) -> bool:
        """Whether a record can be kept out for it; otherwise it is about the connection or a run."""
        return self.module not in _ELSEWHERE

    @property
    def follows(self) -> bool:
        """Whether it only passes on what happened to a parent: fixed there, it goes by itself (E-02)."""
        return self.code.endswith("-PARENT") or self.code == "TS-NO-PRIMARY"

    def explain(self, detail: Mapping[str, Any] | None) -> str:
        """Fill the sentence; a `date` is written as people do, what is missing in `detail` reads as a dash."""
        words = _Dashes(detail or {})
        if words.get("date"):
            words["date"] = _day(str(words["date"]))
        return str(self.why).format_map(words)

    def advice(self, words: Mapping[str, Any]) -> str:
        """What to do, filled in."""
        return str(self.remedy).format_map(_Dashes(words))

    @property
    def pattern(self) -> tuple[str, str]:
        """Why and what to do, with dots where a record's words stand: how the catalogue prints them."""
        return str(self.why).format_map(_Dots()), str(self.remedy).format_map(_Dots())


def _day(text: str) -> str:
    try:
        return str(format_date(date.fromisoformat(text), "medium"))
    except ValueError:
        return text


class _Dashes(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


class _Dots(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
