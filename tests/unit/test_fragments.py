"""Templates: a fragment has one root named like its file, and nothing slips past the content policy."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PIECES = sorted(path for path in TEMPLATES.rglob("*.html"))
#: `_x.html` in a folder of an area; macros/ holds pieces of the frame, mail/ letters
FRAGMENTS = [
    path for path in PIECES
    if path.name.startswith("_") and path.parent.name not in {"macros", "mail", "paper"}
]  # fmt: skip
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr", "path", "circle", "use"}
LONGEST = 150
#: what Jinja keeps away from the page: the bodies of macros and of set blocks
HIDDEN = re.compile(r"\{%-?\s*(macro|set(?=\s+\w+\s*-?%))\b.*?\{%-?\s*end(macro|set)\s*-?%\}", re.DOTALL)


class Roots(HTMLParser):
    """Collects the elements at the outermost level with their ids."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[tuple[str, str]] = []
        self.loose = ""

    def handle_starttag(self, tag, attributes):
        if self.depth == 0:
            self.roots.append((tag, dict(attributes).get("id") or ""))
        if tag not in VOID:
            self.depth += 1

    def handle_startendtag(self, tag, attributes):
        if self.depth == 0:
            self.roots.append((tag, dict(attributes).get("id") or ""))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.depth -= 1

    def handle_data(self, data):
        if self.depth == 0:
            self.loose += data.strip()


def name(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def called(call: re.Match[str]) -> str:
    """A macro that wraps what follows is an element, with the id that it is given."""
    given = re.search(r"""\bid=["']([^"']*)["'](\s*~)?""", call[1])
    return f'<div id="{given[1]}{"VALUE" if given[2] else ""}">' if given else "<div>"


def visible(text: str) -> str:
    """The template without hidden bodies, each Jinja tag replaced by what cannot confuse an HTML parser."""
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = HIDDEN.sub("", text)
    text = re.sub(r"\{%-?\s*call\b(.*?)%\}", called, text, flags=re.DOTALL)
    text = re.sub(r"\{%-?\s*endcall\s*-?%\}", "</div>", text)
    return re.sub(r"\{\{.*?\}\}", "VALUE", re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL), flags=re.DOTALL)


@pytest.mark.parametrize("path", FRAGMENTS, ids=name)
def test_a_fragment_has_one_root_with_its_files_name_as_id(path):
    parser = Roots()
    parser.feed(visible(path.read_text()))

    expected = path.stem.strip("_").replace("_", "-")
    ids = {found for _tag, found in parser.roots}
    assert len(ids) == 1, f"{name(path)} has the roots {parser.roots}"
    assert ids.pop() in {expected, f"{expected}-VALUE"}, f"{name(path)} should have the id {expected}"


@pytest.mark.parametrize("path", PIECES, ids=name)
def test_no_template_carries_inline_style_or_marks_text_as_safe(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    is_mail = path.parent.name == "mail"

    assert is_mail or not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\|\s*safe\b", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
    assert not re.search(r"hx-on[:=-]|hx-vals=[\"']js:", text)


@pytest.mark.parametrize("path", PIECES, ids=name)
def test_an_inline_script_carries_the_nonce(path):
    for tag in re.findall(r"<script\b[^>]*>", path.read_text()):
        assert "src=" in tag or "nonce" in tag, f"{name(path)}: {tag}"


@pytest.mark.parametrize("path", PIECES, ids=name)
def test_a_template_is_short_enough_to_read(path):
    assert len(path.read_text().splitlines()) <= LONGEST
