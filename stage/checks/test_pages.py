"""The deployed pages in Chromium, and the reference that they show."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from stage.checks.conftest import DeployedStage, Partner
from stage.checks.waiting import PATIENCE_SECONDS

_CHROMIUM = shutil.which("chromium")


@pytest.fixture
def page(stage: DeployedStage) -> Iterator[Page]:
    """A page that must neither break our content policy, nor fail in a script, nor ask another host."""
    if _CHROMIUM is None:
        pytest.skip("there is no chromium here; tools/chromium installs it on Debian")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=arguments)
        # Chromium has authorities of its own, among which the stage's is not.
        context = browser.new_context(ignore_https_errors=True)
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _note_foreign(request.url, stage.about.address, complaints))
        yield page
        browser.close()
    assert complaints == []


def _note_foreign(asked: str, address: str, complaints: list[str]) -> None:
    if not asked.startswith((f"{address}/", "data:", "blob:")):
        complaints.append(f"asks {asked}")


def test_a_partner_signs_in_at_the_console_and_walks_through_it(
    stage: DeployedStage, partner: Partner, page: Page
) -> None:
    page.goto(f"{stage.about.address}/console")
    page.get_by_label("API key").fill(partner.key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    targets = page.get_by_role("navigation").get_by_role("link").evaluate_all("links => links.map((each) => each.href)")
    assert len(set(targets)) > 5
    for target in dict.fromkeys(targets):
        answer = page.goto(target)
        assert answer is not None
        assert answer.status == 200, target
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_an_operation_is_found_and_tried_out_in_the_reference(
    stage: DeployedStage, partner: Partner, page: Page
) -> None:
    page.goto(f"{stage.about.address}/docs")
    page.get_by_label("Find an operation").fill("gardenlab interactions lists collection")
    page.get_by_role("link", name="GET /api/v1/getAllInteractions").click()
    page.get_by_role("banner").get_by_role("button", name="Authorize").click()
    page.get_by_label("API key", exact=True).fill(partner.key)
    page.get_by_role("button", name="Keep for this tab").click()
    page.get_by_label("origin").fill(partner.origin)
    page.get_by_label("contract_id").fill("launch_day")
    page.get_by_role("button", name="Send the request").click()
    expect(page.locator("[data-result]")).to_contain_text("200 OK")


def test_the_document_names_the_deployed_address(stage: DeployedStage) -> None:
    document = stage.call("GET", "/openapi.json").json()
    assert [server["url"] for server in document["servers"]] == [stage.about.address]
    assert "/api/v1/mintTokenForUser" in document["paths"]


def test_deep_health_finds_what_the_stage_stands_on(stage: DeployedStage) -> None:
    answer = stage.call("GET", "/health/deep")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
