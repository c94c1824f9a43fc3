"""The holder's whole way in a real browser, and every page of it without barriers, in both themes, small and large."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from chalicelib.core.ids import random_token
from tests.browser.conftest import NewContext, picture, problems, watched
from tests.browser.wallets import Wallet
from tests.letters import Letters
from tests.platform import HOLDER, Partner, Platform


@pytest.fixture(scope="session")
def club(platform: Platform) -> Partner:
    """A partner with a collection, the category VIP and the interaction checkin."""
    partner = platform.new_partner(collection=False)
    partner.add_collection("summer_party")
    partner.add_category(
        "summer_party",
        "VIP",
        name="Summer Party VIP",
        description="A guest of honour at the summer party on the roof of the old observatory.",
        attributes={"tier": "gold", "Table": "Cassiopeia", "Plus one": True},
    )
    partner.save_interaction(name="Event check-in", description="You came to the summer party.", xpIncrement=70)
    partner.save_interaction("quiz", type="Quiz", name="Star quiz", xpIncrement=45)
    return partner


def _sign_in(page: Page, letters: Letters, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Six digits").fill(letters.code_for(email))
    page.get_by_role("button", name="Sign in").click()


def test_holder_claims_with_a_wallet(
    platform: Platform, club: Partner, letters: Letters, new_context: NewContext
) -> None:
    uid = random_token(8)
    token = str(club.announce(uid).json["tokenId"])
    context = new_context()
    wallet = Wallet(context)
    page = context.new_page()
    with watched(page):
        page.goto("/claim")
        _sign_in(page, letters, f"{uid}@example.com")
        page.get_by_role("link", name=re.compile("Summer Party VIP")).click()
        expect(page.get_by_text("Is your wallet an app?")).to_be_hidden()
        wallet.declines = True
        page.get_by_role("button", name="Connect my wallet").click()
        expect(page.get_by_role("alert")).to_contain_text("You have declined")
        wallet.declines = False
        page.get_by_role("button", name="Connect my wallet").click()
        expect(page.get_by_role("heading", name="On its way to your wallet")).to_be_visible()
        assert f"Chain ID: {_chain_id()}" in wallet.texts[0]
        picture(page, "claim-minting-1280-light")
        platform.drain()
        expect(page.get_by_role("heading", name="It is yours")).to_be_visible()
        hashed = club.transactions(token)[0]["txHash"]
        expect(page.get_by_text(hashed)).to_be_visible()
        expect(page.get_by_text(wallet.address)).to_be_visible()
        assert club.nft(token)["owner"] == wallet.address
        page.get_by_role("link", name="See its page").click()
        expect(page.get_by_role("heading", name="Summer Party VIP", level=1)).to_be_visible()


def _chain_id() -> int:
    from chalicelib.chain.service.wallets import chain_id_of
    from chalicelib.core.settings import LOCAL_CHAIN

    return chain_id_of(LOCAL_CHAIN)


def test_holder_scans_a_code_and_signs_in_on_the_way(club: Partner, letters: Letters, page: Page) -> None:
    uid = random_token(8)
    club.announce(uid)
    code = _code(club)
    page.goto(f"/i/{code}")
    page.get_by_role("link", name="Continue with my e-mail address").click()
    _sign_in(page, letters, f"{uid}@example.com")
    page.get_by_role("button", name="Apply it to my NFT").click()
    expect(page.get_by_role("status").filter(has_text="Event check-in has been applied")).to_be_visible()
    expect(page.get_by_text("70 of 100 XP")).to_be_visible()


def test_pictures_host_is_asked_only_when_the_picture_is_asked_for(
    club: Partner, letters: Letters, new_context: NewContext
) -> None:
    uid = random_token(8)
    asked: list[dict[str, str]] = []
    made = club.announce(uid, nft_info={"name": "Comet", "imgUrl": "https://img.example/comet.svg"}).json
    context = new_context()

    def serve(route: Route) -> None:
        asked.append(route.request.headers)
        drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
        route.fulfill(body=drawing, content_type="image/svg+xml")

    context.route("https://img.example/**", serve)
    page = context.new_page()
    page.goto("/claim")
    _sign_in(page, letters, f"{uid}@example.com")
    page.goto(f"/i/{_code(club)}")
    page.get_by_role("button", name="Apply it to my NFT").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    place = f"{made['contract']}/{made['tokenId']}"
    for path in ("/claim", f"/claim/{place}", f"/nft/{place}"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("img", name="A flower drawn for Comet")).to_be_visible()
    assert asked == []
    for path in (f"/claim/{place}", f"/nft/{place}"):
        page.goto(path)
        page.get_by_role("link", name="Show the picture from img.example").click()
        expect(page.get_by_role("img", name="Comet", exact=True)).to_be_visible()
        assert "referer" not in asked.pop()
        assert asked == []


def _code(club: Partner, **fields: object) -> str:
    interactions = club.get("getAllInteractions", origin=club.origin, contract_id="summer_party").json
    path = f"/{club.origin}/collections/summer_party/interactions/{interactions[0]['id']}/codes"
    answer = club.platform.admin("POST", path, {"name": "At the door", **fields})
    assert answer.status == 200, answer
    return str(answer.json["code"])


@pytest.fixture(scope="module")
def places(platform: Platform, club: Partner) -> dict[str, str]:
    """Addresses of pages, by what they show: NFTs of the holder `vera` in every state."""
    for uid, category in (("vera", "VIP"), ("vera-2", "VIP")):
        club.announce(uid, email="vera@example.com", user_category_id=category)
    minted = str(club.announce("vera-3", email="vera@example.com").json["tokenId"])
    for action in ("checkin", "quiz", "checkin"):
        club.act("vera-3", action_id=action)
    club.mint("vera-3", email="vera@example.com", user_addr=HOLDER)
    platform.drain()
    contract = club.nft(minted)["contract"]
    reserved = str(club.announce("vera", email="vera@example.com").json["tokenId"])
    hashed = club.transactions(minted)[0]["txHash"]
    return {
        "nft": f"/nft/{contract}/{minted}",
        "nft-reserved": f"/nft/{contract}/{reserved}",
        "nft-unknown": f"/nft/{contract}/999999",
        "transaction": f"/tx/{hashed}",
        "sign-in": "/claim/sign-in",
        "mailed-code": "/claim/code",
        "password": "/i",
        "code": f"/i/{_code(club)}",
        "claims": "/claim",
        "claim": f"/claim/{contract}/{reserved}",
        "claim-minted": f"/claim/{contract}/{minted}",
    }


def _confirmed(page: Page) -> None:
    expect(page.get_by_text("Is your wallet an app?")).to_be_visible()
    page.get_by_label("Address of your wallet").fill(HOLDER.lower())
    page.get_by_role("button", name="Continue with this address").click()
    expect(page.get_by_role("heading", name="Is this your wallet?")).to_be_visible()


def test_no_page_has_barriers_in_any_theme_or_width(
    places: dict[str, str], letters: Letters, new_context: NewContext
) -> None:
    page = new_context(bypass_csp=True).new_page()
    page.goto("/claim")
    _sign_in(page, letters, "vera@example.com")
    expect(page.get_by_role("heading", name="My NFTs")).to_be_visible()
    found = []
    for name, place in places.items():
        page.goto(place)
        found += problems(page, name)
    page.goto(places["claim"])
    _confirmed(page)
    found += problems(page, "claim-confirm")
    page.goto(places["code"])
    page.get_by_role("button", name="Apply it to my NFT").click()
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    found += problems(page, "code-applied")
    page.context.clear_cookies()
    page.goto(places["code"])
    found += problems(page, "code-stranger")
    assert found == []
