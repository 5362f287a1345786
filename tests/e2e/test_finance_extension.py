"""The extension's own script in a real browser: Zoho's client SDK is played by a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from models import FrameOrigin
from standin import World
from tests.e2e.conftest import free_port, serve

FOLDER = Path(__file__).resolve().parents[2] / "extension" / "zoho-projects"
#: what the SDK answers as the public pages show it; `TOLD` and `ADDRESS` are filled in
SDK = """
window.zohoprojects = {
  init: () => Promise.resolve(),
  metadata: () => Promise.resolve({data: {configs: [{name: "crossbill_address", value: ADDRESS}], status: "success"}}),
  context: () => Promise.reject(new Error("not in a task")),
  get: (key) => key in TOLD ? Promise.resolve({data: TOLD[key]}) : Promise.reject(new Error("unknown key")),
};
"""
IDS = {"portal.id_string": "60014242", "project.id_string": "1817452000000100098"}


@pytest.fixture
def world() -> World:
    """Nothing of it is needed."""
    return World.empty()


@pytest.fixture
def widgets() -> Iterator[str]:
    """Where Zoho would serve the extension's files."""
    yield from serve(Flask("widgets", static_folder=FOLDER, static_url_path=""), free_port())


def play(page: Page, widgets: str, address: str, told: dict[str, str]) -> None:
    """Open the widget as Zoho Projects would."""

    def sdk(route: Route) -> None:
        body = SDK.replace("TOLD", json.dumps(told)).replace("ADDRESS", json.dumps(address))
        route.fulfill(body=body, content_type="text/javascript")

    page.route("https://js.zohocdn.com/**", sdk)
    page.goto(f"{widgets}/app/index.html")


@pytest.mark.req("T-04")
def test_the_widget_frames_the_page_of_this_project(page, people, db_session, live, widgets):
    db_session.add(FrameOrigin(origin=widgets))
    db_session.commit()

    play(page, widgets, live + "/", IDS)

    frame = page.locator("iframe#finance")
    expect(frame).to_have_attribute("src", f"{live}/finance/zoho_projects/60014242/1817452000000100098")
    expect(page.frame_locator("#finance").get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.mark.parametrize(("address", "told", "sentence"), [
    ("", IDS, "The address of Crossbill is missing."),
    ("javascript:alert(1)", IDS, "The address of Crossbill is missing."),
    ("http://billing.example.com", IDS, "The address of Crossbill is missing."),
    ("https://billing.example.com", {"portal.id_string": "60014242"}, "did not say which project this is"),
    ("https://billing.example.com", IDS | {"project.id_string": "1/../../2"}, "did not say which project this is"),
])  # fmt: skip
def test_the_widget_says_in_words_what_is_missing_and_frames_nothing(page, widgets, address, told, sentence):
    play(page, widgets, address, told)

    expect(page.get_by_role("status")).to_contain_text(sentence)
    expect(page.locator("iframe#finance")).to_be_hidden()
    assert page.locator("iframe#finance").get_attribute("src") is None
