"""The shelf of paper layouts; adding one is a file in `templates/paper/layouts/`, a line in its index and one here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """How papers are laid out; `key` names its file. Words are for people, translated where they are shown."""

    key: str
    title: str
    about: str


#: key → layout, in the order they are offered
LAYOUTS: dict[str, Layout] = {
    layout.key: layout
    for layout in (
        Layout("classic", "Classic", "A quiet letter with a thin line in your colour"),
        Layout("modern", "Modern", "A broad band in your colour, large figures"),
        Layout("compact", "Compact", "Small type and tight rows for long tables"),
    )
}


def layout_of(key: str) -> Layout:
    """Return a layout; what is no longer on the shelf becomes the first."""
    return LAYOUTS.get(key) or next(iter(LAYOUTS.values()))
