"""What tests of several areas begin with."""

from __future__ import annotations

from typing import Any

import pytest

from models import Organisation
from tests.postbox import sink
from tests.syncing import Portal, connect

__all__ = ["portal", "sink"]


@pytest.fixture
def portal(standin: Any, organisation: Organisation) -> Portal:
    """A connected portal without projects; nothing was synced yet."""
    return connect(standin)
