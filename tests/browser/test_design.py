"""The design as every page has it: themes, the way around by keyboard, no barriers, nothing sticks out."""

import re
from urllib.parse import urlencode

import pytest
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


# Selector and property of what depends on the width, and on the theme that is chosen. What stands in a pseudo-element
# is no text to axe.
_STYLES = """() => {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  const styles = (rule) => rule.selectorText ? [rule] : [...rule.cssRules ?? []].flatMap(styles);
  const named = (rule) => [...rule.style].map((property) => `${rule.selectorText} ${property}`);
  return {
    ofWidths: rules.filter((rule) => rule instanceof CSSMediaRule && /width/.test(rule.conditionText))
      .flatMap(styles).filter((rule) => !rule.selectorText.includes("::")).flatMap(named),
    ofThemes: rules.filter((rule) => rule.selectorText?.includes("data-theme")).flatMap(named),
    preferred: rules.filter((rule) => rule.conditionText?.includes("prefers-color-scheme")).length,
  };
}"""
_COLOURS = re.compile(r" (color|background.*|opacity|filter|text-shadow)$")


@pytest.mark.parametrize("path", ["/claim", "/console", "/docs"])
def test_themes_change_colours_alone_and_widths_change_none(page: Page, path: str) -> None:
    page.goto(path)
    styles = page.evaluate(_STYLES)
    assert len(styles["ofWidths"]) > 20
    assert [each for each in styles["ofWidths"] if _COLOURS.search(each)] == []
    assert {each.rpartition(" ")[2] for each in styles["ofThemes"]} == {"color-scheme"}
    assert styles["preferred"] == 0


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
