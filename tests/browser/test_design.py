"""The design as every page has it: themes, the way around by keyboard, no barriers, nothing sticks out."""

from playwright.sync_api import Page, expect


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
