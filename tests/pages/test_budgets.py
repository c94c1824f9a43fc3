"""What the holder's pages cost, in requests to DynamoDB and in bytes; by functions that know the collection."""

import re
from collections.abc import Callable, Iterator

import pytest

from chalicelib.core.html.assets import find_asset
from chalicelib.core.ids import random_token
from tests.budgets.calls import kept_warm
from tests.budgets.metering import metered
from tests.letters import Letters
from tests.pages.conftest import signed_in
from tests.pages.forms import Surfer
from tests.platform import HOLDER, Partner, Platform

_LARGEST_PAGE = 100 * 1024


@pytest.fixture(scope="module", autouse=True)
def warmth() -> Iterator[None]:
    """A function that stays warm."""
    with kept_warm():
        yield


@pytest.fixture(scope="module")
def pages(platform: Platform, letters: Letters, club: Partner) -> dict[str, tuple[Surfer, str]]:
    """A page by its name: who opens it, and its address."""
    uid = random_token(10)
    made = club.announce(uid).json
    for _ in range(25):
        club.act(uid)
    club.mint(uid)
    platform.drain()
    interactions = club.get("getAllInteractions", origin=club.origin, contract_id="summer_party").json
    path = f"/{club.origin}/collections/summer_party/interactions/{interactions[0]['id']}/codes"
    code = platform.admin("POST", path, {"per_holder": None}).json["code"]
    holder, stranger = signed_in(platform, letters, f"{uid}@example.com"), Surfer(platform)
    place = f"{made['contract']}/{made['tokenId']}"
    reserved = club.announce(random_token(10), email=f"{uid}@example.com").json["tokenId"]
    found = {
        "sign-in": (stranger, "/claim/sign-in"),
        "nft": (stranger, f"/nft/{place}"),
        "nft, qr code": (stranger, f"/nft/{place}/qr.svg"),
        "claims": (holder, "/claim"),
        "claim": (holder, f"/claim/{made['contract']}/{reserved}"),
        "claim, its state": (holder, f"/claim/{place}/state"),
        "code": (holder, f"/i/{code}"),
        "transaction": (stranger, f"/tx/{club.transactions(made['tokenId'])[0]['txHash']}"),
    }
    for surfer, address in found.values():
        assert surfer.get(address).status == 200, address
    return found


@pytest.mark.parametrize(
    ("name", "levels", "requests"),
    [
        ("sign-in", 1, 1),
        ("nft", 1, 2),
        ("nft, qr code", 0, 0),
        ("claims", 3, 3),
        ("claim", 2, 2),
        ("claim, its state", 2, 2),
        ("code", 3, 3),
    ],
)
def test_page_costs_few_round_trips(
    pages: dict[str, tuple[Surfer, str]], name: str, levels: int, requests: int
) -> None:
    surfer, address = pages[name]
    with metered() as bill:
        assert surfer.get(address).status == 200
    assert (bill.levels, len(bill.of("dynamodb"))) == (levels, requests), bill.operations
    assert "Scan" not in bill.operations


def test_forms_cost_few_round_trips(platform: Platform, letters: Letters, club: Partner) -> None:
    uid = random_token(10)
    made = club.announce(uid).json
    surfer = Surfer(platform)
    surfer.get("/claim/sign-in")
    found = {"ask for a code": _operations(lambda: surfer.submit("/claim/sign-in", email=f"{uid}@example.com"))}
    [(_, held)] = surfer.forms()
    fields = {**held, "code": letters.code_for(f"{uid}@example.com")}
    surfer.path = ""
    found["sign in"] = _operations(lambda: surfer.post("/claim/code", fields))
    path = f"/claim/{made['contract']}/{made['tokenId']}"
    surfer.get(path)
    token = next(held["csrf"] for _, held in surfer.forms() if "csrf" in held)
    found["claim"] = _operations(lambda: surfer.post(f"{path}/mint", {"csrf": token, "address": HOLDER}))
    # Each leads on to a page, whose requests are counted with it: 1, 3 and 2.
    assert found == {
        "ask for a code": ["GetItem", "TransactWriteItems", "GetItem"],
        "sign in": ["GetItem", "UpdateItem", "TransactWriteItems", "GetItem", "Query", "BatchGetItem"],
        "claim": ["GetItem", "BatchGetItem", "GetItem", "TransactWriteItems", "GetItem", "BatchGetItem"],
    }


def _operations(call: Callable[[], object]) -> list[str]:
    with metered() as bill:
        call()
    return bill.operations


def test_page_weighs_at_most_a_hundred_kilobytes_before_pictures(pages: dict[str, tuple[Surfer, str]]) -> None:
    weights = {}
    for name, (surfer, address) in pages.items():
        html = surfer.get(address).json
        assets = [find_asset(found) for found in re.findall(r'"/static/([^"]+\.(?:css|js))"', html)]
        weights[name] = len(html.encode()) + sum(len(asset.text.encode()) for asset in assets if asset is not None)
        assert len(assets) >= 3 or name in ("nft, qr code", "claim, its state")
    assert max(weights.values()) <= _LARGEST_PAGE, weights
    assert max(weights.values()) < 50_000, f"{weights}: twice what it was; look what has come"
