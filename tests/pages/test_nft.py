"""The public page of an NFT: what it shows to everybody, and what to nobody."""

import re

import pytest
import segno

from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from tests.pages.forms import Surfer
from tests.platform import HOLDER, Partner, Platform


@pytest.fixture
def surfer(platform: Platform) -> Surfer:
    """A stranger's browser."""
    return Surfer(platform)


def test_page_shows_the_nft_and_its_history(platform: Platform, club: Partner, surfer: Surfer) -> None:
    uid = random_token(10)
    template = {"name": "Rocket <b>", "description": "To the moon", "imgUrl": "https://img.example/r.png?a=1&b=2"}
    made = club.announce(uid, nft_info={**template, "attributes": {"seat": "12A", "nested": {"a": [1]}}}).json
    club.act(uid)
    club.act(uid)
    club.mint(uid)
    platform.drain()
    surfer.get(made["url"].removeprefix(settings().public_url))
    assert surfer.page.status == 200
    for shown in (
        "Rocket <b>",
        "To the moon",
        "Level 1",
        "10 of 100 XP",
        "90 XP to level 2",
        "12A",
        '{"a": [1]}',
        HOLDER,
    ):
        assert shown in surfer.words, shown
    assert surfer.words.count("Check-in") == 2
    assert surfer.words.count("+5 XP") == 2
    assert "Minted" in surfer.words
    assert "<b>" not in surfer.html
    assert 'src="https://img.example' not in surfer.html, "it is loaded when it is asked for"
    assert 'href="https://img.example/r.png?a=1&amp;b=2"' in surfer.html
    assert "Show the picture from img.example" in surfer.words
    assert "img-src 'self' https:" in surfer.page.headers["content-security-policy"]
    [row] = [row for row in club.transactions(made["tokenId"]) if row["type"] == "mint"]
    assert f'href="{row["transactionUrl"]}"' in surfer.html
    shown_in_links = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)"', surfer.html))
    assert shown_in_links["title"] == "Rocket &lt;b&gt; · Level 1"
    assert shown_in_links["image"] == "https://img.example/r.png?a=1&amp;b=2"
    assert shown_in_links["url"] == made["url"]


def test_page_tells_nothing_of_the_holder(club: Partner, surfer: Surfer) -> None:
    uid, name = random_token(12), random_token(12)
    made = club.announce(uid, email=f"{name}@mail.example").json
    club.act(uid)
    for path in ("", "/qr.svg"):
        surfer.get(f"/nft/{made['contract']}/{made['tokenId']}{path}")
        assert surfer.page.status == 200
        assert uid not in surfer.html
        assert name not in surfer.html
        assert club.origin not in surfer.html


@pytest.mark.parametrize(
    ("contract", "token"),
    [
        ("{own}", "99999"),
        ("{own}", "-1"),
        ("{own}", "1e3"),
        ("{own}", "9" * 80),
        ("{own}", "%00"),
        (HOLDER, "1"),
        ("0x12", "1"),
        ("%3Cscript%3E", "1"),
    ],
    ids=["token", "sign", "exponent", "large", "nul", "contract", "short", "markup"],
)
def test_unknown_nft_is_a_page_that_says_so(club: Partner, surfer: Surfer, contract: str, token: str) -> None:
    own = club.announce("known").json["contract"]
    for path in ("", "/qr.svg"):
        surfer.get(f"/nft/{contract.format(own=own)}/{token}{path}")
        if path and re.fullmatch(r"\d{1,77}", token) and contract in ("{own}", HOLDER):
            continue  # a drawing of an address asks nobody whether there is anything
        assert surfer.page.status in (400, 404)
        assert surfer.page.headers["content-type"] == "text/html; charset=utf-8"


def test_address_is_found_in_any_capitals(club: Partner, surfer: Surfer) -> None:
    made = club.announce("known").json
    assert surfer.get(f"/nft/{made['contract'].lower()}/{made['tokenId']}").status == 200


def test_qr_code_leads_to_the_page(club: Partner, surfer: Surfer) -> None:
    made = club.announce("known").json
    answer = surfer.get(f"/nft/{made['contract']}/{made['tokenId']}/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    drawn = segno.make(made["url"], error="m", micro=False)
    path = re.search(r'stroke="#000" [^>]*d="([^"]+)"|d="([^"]+)" [^>]*stroke="#000"', surfer.html)
    assert path is not None
    assert (path[1] or path[2]) in drawn.svg_inline(border=2, dark="#000", light="#fff", scale=8)
    assert "style" not in surfer.html


def test_history_pages_back_to_the_beginning(club: Partner, surfer: Surfer) -> None:
    uid = random_token(10)
    made = club.announce(uid).json
    for _ in range(23):
        club.act(uid)
    path = f"/nft/{made['contract']}/{made['tokenId']}"
    surfer.get(path)
    assert surfer.words.count("+5 XP") == 20
    assert "Reserved for its holder" not in surfer.words
    older = re.search(r'href="([^"]+)" rel="next"', surfer.html)
    assert older is not None
    surfer.get(older[1])
    assert surfer.words.count("+5 XP") == 3
    assert "Reserved for its holder" in surfer.words
    surfer.get(f"{path}?before=nonsense")
    assert surfer.words.count("+5 XP") == 20


@pytest.mark.parametrize(
    ("thresholds", "xp", "shown"),
    [
        ([0, 3, 10], 5, ("Level 2", "5 of 10 XP", 28)),
        ([0, 3], 5, ("Level 2", "5 XP", 100)),
        (None, 60, ("Level 1", "60 of 100 XP", 60)),
    ],
    ids=["between", "last", "default"],
)
def test_bar_stands_where_the_level_is(
    platform: Platform, surfer: Surfer, thresholds: list[int] | None, xp: int, shown: tuple[str, str, int]
) -> None:
    partner = platform.new_partner(collection=False)
    partner.add_collection("summer_party", **({} if thresholds is None else {"level_thresholds": thresholds}))
    partner.add_category("summer_party", "VIP")
    partner.save_interaction(xpIncrement=xp)
    made = partner.announce().json
    partner.act()
    surfer.get(f"/nft/{made['contract']}/{made['tokenId']}")
    assert shown[0] in surfer.words
    assert shown[1] in surfer.words
    assert f'max="100" value="{shown[2]}"' in surfer.html


def test_picture_is_offered_however_its_scheme_is_written(club: Partner, surfer: Surfer) -> None:
    made = club.announce(random_token(10), nft_info={"imgUrl": "HTTPS://IMG.example/r.png"}).json
    surfer.get(f"/nft/{made['contract']}/{made['tokenId']}")
    assert "Show the picture from img.example" in surfer.words


@pytest.mark.parametrize(
    "image", ["", "ipfs://bafy/1.png", "http://img.example/x.png", "javascript:alert(1)", "https://[", "https:///x.png"]
)
def test_picture_that_a_page_cannot_show_is_a_flower(club: Partner, surfer: Surfer, image: str) -> None:
    made = club.announce(random_token(10), nft_info={"imgUrl": image}).json
    surfer.get(f"/nft/{made['contract']}/{made['tokenId']}")
    assert "A flower drawn for" in surfer.html
    assert not image or image not in surfer.html
