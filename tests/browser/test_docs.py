"""The API reference in a browser: an operation is found and tried out, with no barriers in any dress."""

from playwright.sync_api import Page, expect

from chalicelib.core.settings import settings
from tests.browser.conftest import NewContext, problems
from tests.platform import Partner


def authorize(page: Page, label: str, value: str) -> None:
    """Enters a credential into the form that keeps it for the tab."""
    page.get_by_role("banner").get_by_role("button", name="Authorize").click()
    page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Keep for this tab").click()


def test_an_operation_is_found_and_tried_out_with_a_key(page: Page, partner: Partner) -> None:
    page.goto("/docs")
    page.get_by_label("Find an operation").fill("gardenlab interactions lists collection")
    expect(page.locator("[data-found]")).to_have_text("1 operation")
    page.get_by_role("link", name="GET /api/v1/getAllInteractions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lists a collection's interactions, oldest first")
    partner.save_interaction()
    authorize(page, "API key", partner.key)
    page.get_by_label("origin").fill(partner.origin)
    page.get_by_label("contract_id").fill("summer_party")
    page.get_by_label("contract_id").press("Enter")
    expect(page.locator("[data-result]")).to_contain_text("200 OK")
    expect(page.get_by_role("region", name="Answer", exact=True)).to_contain_text('"action_id": "checkin"')


def test_a_form_begins_with_the_example_that_the_sample_has(page: Page) -> None:
    page.goto("/docs/gardenlab_get_nft_by_token_id")
    expect(page.get_by_label("contract_id query")).to_have_value("summer_party")
    expect(page.get_by_label("tokenId query")).to_have_value("7")


def test_a_link_that_fills_a_form_replaces_the_example(page: Page) -> None:
    page.goto("/docs/gardenlab_get_nft_by_token_id#origin=acme&token_id=3")
    expect(page.get_by_label("origin query")).to_have_value("acme")
    expect(page.get_by_label("token_id query")).to_have_value("3")
    expect(page.get_by_label("contract_id query")).to_have_value("")
    expect(page.get_by_label("tokenId query")).to_have_value("")


def test_what_a_search_finds_stands_right_below_it(page: Page) -> None:
    page.goto("/docs")
    expect(page.get_by_role("heading", name="For every call")).to_be_visible()
    page.get_by_label("Find an operation").fill("mint")
    expect(page.get_by_role("heading", name="For every call")).to_be_hidden()
    expect(page.get_by_role("link", name="POST /api/v1/mintTokenForUser")).to_be_in_viewport()


def test_a_refusal_is_shown_as_it_is(new_context: NewContext) -> None:
    page = new_context().new_page()
    page.goto("/docs/dreamspace_get_users_user_id")
    page.get_by_role("button", name="Send the request").click()
    expect(page.locator("[data-result]")).to_contain_text("403 Forbidden")
    expect(page.get_by_role("region", name="Answer", exact=True)).to_contain_text("The API key is missing")


def test_what_was_typed_is_kept_for_the_tab(page: Page) -> None:
    page.goto("/docs/partners_list_partners")
    authorize(page, "Admin key", settings().admin_key)
    page.get_by_role("button", name="Send the request").click()
    expect(page.locator("[data-result]")).to_contain_text("bytes")
    page.goto("/docs/queues_list_queues")
    expect(page.locator("[data-kept-value]")).to_contain_text(settings().admin_key[:12])
    page.get_by_role("button", name="Send the request").click()
    expect(page.locator("[data-result]")).to_contain_text("200 OK")


def test_the_search_finds_fields_and_codes_of_errors(page: Page) -> None:
    page.goto("/docs")
    page.get_by_label("Find an operation").fill("user_category_id email uid")
    expect(page.locator("[data-found]")).to_contain_text("operation")
    expect(page.locator("[data-found]")).not_to_have_text("0 operations")


def test_the_language_of_samples_is_kept(page: Page) -> None:
    page.goto("/docs/gardenlab_mint_token_for_user")
    page.locator("summary", has_text="JavaScript").click()
    expect(page.get_by_role("region", name="JavaScript sample")).to_be_visible()
    page.goto("/docs/gardenlab_new_user_for_partner")
    expect(page.get_by_role("region", name="JavaScript sample")).to_be_visible()
    expect(page.get_by_role("region", name="curl sample")).to_be_hidden()


def test_what_is_kept_can_be_forgotten(page: Page, partner: Partner) -> None:
    page.goto("/docs/partners_list_partners")
    authorize(page, "API key", partner.key)
    page.get_by_role("banner").get_by_role("button", name="Authorize").click()
    page.get_by_role("button", name="Forget all").click()
    page.reload()
    expect(page.locator("[data-kept-value]")).to_have_text("none yet")


def test_without_scripts_the_lines_for_a_shell_are_there(new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/docs/gardenlab_mint_token_for_user")
    expect(page.get_by_role("region", name="curl sample")).to_contain_text("curl -X POST")
    expect(page.get_by_role("button", name="Send the request")).to_be_hidden()


def test_the_reference_has_no_barriers_in_any_theme_or_width(new_context: NewContext) -> None:
    page = new_context(bypass_csp=True).new_page()
    for name in ("", "/dreamspace_post_events", "/events", "/errors", "/changelog"):
        page.goto(f"/docs{name}")
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert problems(page, f"docs{name.replace('/', '-')}") == []
