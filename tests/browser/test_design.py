"""The design as every page has it: themes, the way around by keyboard, no barriers, nothing sticks out."""

from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext, problems
from tests.oauth.flows import Request, register
from tests.platform import Platform


def test_skip_link_is_first_and_leads_to_the_content(page: Page) -> None:
    page.goto("/claim")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_theme_switch_is_remembered(page: Page) -> None:
    page.goto("/claim")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark
    expect(page.get_by_role("button", name="Dark theme")).to_have_attribute("aria-pressed", "true")


def test_consent_of_oauth_has_no_barriers(platform: Platform, new_context: NewContext) -> None:
    partner = platform.new_partner(collection=False)
    query = urlencode(Request(register(partner)).query)
    page = new_context(bypass_csp=True).new_page()
    page.goto("/oauth/authorize?client_id=unknown")
    found = problems(page, "oauth-refused")
    page.goto(f"/oauth/authorize?{query}")
    found += problems(page, "oauth-sign-in")
    page.get_by_label("API key").fill(partner.key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Allow access?")).to_be_visible()
    found += problems(page, "oauth-consent")
    assert found == []
