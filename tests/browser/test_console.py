"""A partner at the console, in a real browser."""

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SMALL, NewContext, problems, watched
from tests.pages.console.world import OWN_PAGES, PAGES, World, made
from tests.platform import Partner, Platform
from tests.receivers import Answer, Receiver

_FRAGMENTS = ("/figures", "/live", "-live", "/status", "/picture", "/qr")
# Pages of one template are looked at once.
_ALIKE = (
    "/users",
    "/transactions",
    "/specimens",
    "/stamps",
    "/{dream_user}",
    "/{transaction}",
    "/{specimen}",
    "/{stamp}",
)


@pytest.fixture(scope="module")
def world(platform: Platform) -> Iterator[World]:
    """A partner that has something of everything."""
    with Receiver() as receiver:
        yield made(platform, receiver)


def _sign_in(page: Page, partner: Partner) -> None:
    page.goto("/console")
    page.get_by_label("API key").fill(partner.key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_partner_comes_from_the_first_sign_in_to_a_replayed_delivery(platform: Platform, page: Page) -> None:
    partner = platform.new_partner()
    with Receiver(answers=[Answer(503)]) as receiver:
        _sign_in(page, partner)
        page.get_by_role("link", name="Interactions").click()
        page.get_by_role("link", name="Create the first one").click()
        page.get_by_label("Name").fill("Check-in")
        page.get_by_label("Attribute that counts").fill("IRL Event")
        page.get_by_label("Action", exact=False).last.fill("checkin")
        page.get_by_role("button", name="Create the interaction").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        partner.announce("ada")

        page.get_by_role("link", name="NFTs").click()
        page.get_by_label("E-mail, uid, token number").fill("ada@example.com")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="summer_party #1").click()
        page.get_by_role("button", name="Apply").click()
        expect(page.get_by_text("The interaction was applied.")).to_be_visible()
        expect(page.locator("#state")).to_contain_text("Check-in")

        page.get_by_role("link", name="Webhooks").click()
        page.get_by_role("link", name="Add an endpoint").click()
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Add the endpoint").click()
        expect(page.get_by_text("it is shown this once")).to_be_visible()
        page.get_by_role("link", name="Go on to the endpoint").click()
        page.get_by_label("Send a sample of").select_option("newBcNftMint")
        page.get_by_role("button", name="Send a test event").click()
        expect(page.get_by_text("The test event is on its way.")).to_be_visible()
        platform.drain()
        expect(page.get_by_text("HTTP 503")).to_be_visible()

        page.get_by_role("button", name="Replay…").click()
        dialog = page.get_by_role("dialog", name="Deliver it once more?")
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        page.get_by_role("button", name="Replay…").click()
        dialog.get_by_role("button", name="Replay").click()
        expect(page.get_by_text("The delivery was restarted.")).to_be_visible()
        platform.drain()
        expect(page.locator("#state").get_by_text("Delivered after")).to_be_hidden()
        expect(page.locator("#state").get_by_text("Delivered")).to_be_visible()
        expect(page.get_by_text("HTTP 204")).to_be_visible()
        assert len(receiver.requests) == 2

    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("img", name="Scans by day")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in with an API key")).to_be_visible()


def test_figures_move_without_a_reload_and_what_is_open_stays_open(world: World, page: Page) -> None:
    _sign_in(page, world.partner)
    page.goto("/console/collections/summer_party/nfts/2")
    state = page.locator("#state")
    before = int(state.locator(".figure", has_text="XP").locator("dd").inner_text())
    world.partner.act("grace")
    page.evaluate("document.querySelector('#state').dataset.every = '0.2'")
    expect(state.locator(".figure", has_text="XP").locator("dd")).to_have_text(str(before + 5), timeout=15_000)


def test_times_are_shown_and_read_in_the_readers_zone(world: World, new_context: NewContext) -> None:
    page = new_context(timezone_id="Australia/Brisbane").new_page()
    _sign_in(page, world.partner)
    expect(page.locator("[data-zone]")).to_contain_text("Australia/Brisbane")
    scan = page.locator("time").first
    at = datetime.fromisoformat(str(scan.get_attribute("datetime"))).astimezone(ZoneInfo("Australia/Brisbane"))
    expect(scan).to_have_text(f"{at.day} {at:%b %Y, %H:%M:%S}")
    assert str(scan.get_attribute("title")).endswith("UTC")
    page.goto("/console/collections/{collection}/interactions/{interaction}".format(**world.names))
    page.get_by_label("From (Australia/Brisbane)").fill("2026-12-01T10:00:30")
    page.get_by_role("button", name="Set the window").click()
    expect(page.get_by_text("The window was set.")).to_be_visible()
    expect(page.get_by_label("From (Australia/Brisbane)")).to_have_value("2026-12-01T10:00:30")
    path = f"/{world.partner.origin}/collections/{{collection}}/interactions/{{interaction}}"
    row = world.platform.admin("GET", path.format(**world.names))
    assert row.json["valid_from"] == "2026-12-01T00:00:30Z"


def test_a_charts_values_are_read_by_pointing(world: World, page: Page) -> None:
    _sign_in(page, world.partner)
    chart = page.locator(".chart").first
    expect(chart.locator("[data-read]")).to_contain_text("Today")
    column = chart.locator("[data-reading]").nth(3)
    column.hover()
    expect(chart.locator("[data-read]")).to_have_text(str(column.get_attribute("data-reading")))


def test_a_code_is_saved_as_a_png_and_printed(world: World, page: Page) -> None:
    _sign_in(page, world.partner)
    page.goto("/console/collections/{collection}/interactions/{interaction}".format(**world.names))
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save as PNG").first.click()
    assert saving.value.suggested_filename.endswith(".png")
    assert saving.value.path().read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    page.get_by_role("link", name="Print…").first.click()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()


def test_the_search_is_on_every_page(world: World, page: Page) -> None:
    _sign_in(page, world.partner)
    page.goto("/console/keys")
    search = page.get_by_label("Find a user")
    search.fill("{delivery}".format(**world.names))
    search.press("Enter")
    expect(page.get_by_role("link", name="Deliveries")).to_be_visible()
    assert page.url.endswith("/console/webhooks/deliveries/{delivery}".format(**world.names))


def test_all_errors_of_a_form_are_shown_and_the_first_is_focused(world: World, new_context: NewContext) -> None:
    page = new_context().new_page()
    _sign_in(page, world.partner)
    page.goto("/console/missions/answered")
    page.get_by_label("Number").fill("many")
    page.get_by_label("How often it takes").fill("2.5")
    page.get_by_role("button", name="Create the mission").click()
    expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    expect(page.get_by_label("Number")).to_be_focused()
    expect(page.locator("[data-wrong] a")).to_have_text(["Number:", "What counts:", "How often it takes:"])


def test_the_way_past_the_navigation_comes_first(world: World, page: Page) -> None:
    _sign_in(page, world.partner)
    page.goto("/console/keys")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_the_section_is_in_view_on_a_phone(world: World, new_context: NewContext) -> None:
    page = new_context(width=SMALL).new_page()
    _sign_in(page, world.partner)
    page.goto("/console/audit")
    expect(page.get_by_role("link", name="Audit log")).to_be_in_viewport()


def test_a_call_is_tried_in_the_reference_with_the_partners_own_values(world: World, page: Page) -> None:
    _sign_in(page, world.partner)
    page.goto("/console/collections/{collection}/interactions/{interaction}".format(**world.names))
    page.get_by_role("link", name="Try it in the reference").click()
    expect(page.locator("#body")).to_have_value(re.compile(f'"origin": "{world.partner.origin}"'))


def test_console_is_worked_by_keyboard_alone(world: World, page: Page) -> None:
    page.goto("/console")
    page.get_by_label("API key").focus()
    page.keyboard.type(world.partner.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.get_by_role("link", name="API keys").focus()
    page.keyboard.press("Enter")
    opener = page.get_by_role("button", name="Revoke…").first
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Tab")
    assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_no_page_has_barriers_or_sticks_out_in_any_theme_or_width(world: World, new_context: NewContext) -> None:
    page = new_context(bypass_csp=True).new_page()
    with watched(page):
        page.goto("/console")
        found = problems(page, "sign-in")
        _sign_in(page, world.partner)
        for path in (*PAGES, *OWN_PAGES):
            if not path.partition("?")[0].endswith((*_FRAGMENTS, *_ALIKE)) or path == "/console/missions/users":
                page.goto(path.format(**world.names))
                found += problems(page, path.strip("/").replace("/", "-"))
    assert found == []
