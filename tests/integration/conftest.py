"""What tests of several areas begin with."""

from __future__ import annotations

from typing import Any

import pytest

from models import Organisation
from tests.syncing import Portal, connect


@pytest.fixture
def portal(standin: Any, organisation: Organisation) -> Portal:
    """A connected portal without projects; nothing was synced yet."""
    return connect(standin)
