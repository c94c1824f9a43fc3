"""What a partner's mints and updates cost, wherever it is shown."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.chain.service.nodes import node_of
from chalicelib.core.clock import now, travelled
from chalicelib.core.settings import ChainSettings, Settings
from tests.pages.console.world import sign_in
from tests.platform import HOLDER, Partner, Platform

_COIN = 10**18


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """No test runs into midnight."""
    begin = datetime.combine(now().date() + timedelta(days=1), time(hour=12, tzinfo=UTC))
    with travelled(begin - now()):
        yield


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """The local chain's coin has a price."""
    named = Settings.chain_named

    def chain_named(self: Settings, name: str) -> ChainSettings | None:
        found = named(self, name)
        return None if found is None else found.model_copy(update={"coin_price": 2000.0})

    monkeypatch.setattr(Settings, "chain_named", chain_named)


def _usage(partner: Partner) -> Any:
    answer = partner.platform.admin("GET", f"/{partner.origin}/usage")
    assert answer.status == 200, answer
    return answer.json


def _paid(transaction_hash: str) -> int:
    receipt = node_of("local").rpc.receipt(transaction_hash)
    assert receipt is not None
    assert receipt.cost is not None
    return receipt.cost


@pytest.mark.usefixtures("priced")
def test_mints_of_a_day_add_up_in_the_usage(partner: Partner) -> None:
    assert [day["costs"] for day in _usage(partner)["days"]] == [[]] * 30
    tokens = [partner.announce(uid).json["tokenId"] for uid in ("ada", "bob", "cy")]
    for uid in ("ada", "bob"):
        partner.mint(uid)
    partner.platform.drain()
    partner.mint("cy")
    partner.platform.drain()
    paid = sum(_paid(each) for each in {partner.transactions(token)[0]["txHash"] for token in tokens})
    for later in (timedelta(), timedelta(minutes=3), timedelta(minutes=4)):  # counted, then kept, then read again
        with travelled(later):
            today = _usage(partner)["days"][-1]
        assert (today["announced"], today["minted"]) == (3, 3)
        [cost] = today["costs"]
        assert (cost["chain"], cost["currency"]) == ("local", "EUR")
        assert Decimal(cost["coins"]) * _COIN == paid
        assert Decimal(cost["value"]) == round(Decimal(paid) * 2000 / _COIN, 6)


@pytest.mark.usefixtures("priced")
def test_console_shows_what_an_nft_cost(partner: Partner) -> None:
    partner.save_interaction()
    token = partner.announce().json["tokenId"]
    partner.mint()
    partner.platform.drain()
    partner.act()
    partner.platform.drain()
    coins = [format(Decimal(_paid(each["txHash"])) / _COIN, "f").rstrip("0") for each in partner.transactions(token)]
    operator = sign_in(partner)
    operator.get(f"/console/collections/summer_party/nfts/{token}")
    assert [f"{each} coins (" in operator.words for each in coins] == [True, True]
    operator.get("/console/collections/summer_party/queue")
    assert "What the latest mints cost" in operator.words
    assert f"{coins[0]} coins (" in operator.words


@pytest.mark.usefixtures("priced")
def test_updates_and_changes_add_up_beside_mints_for_the_partner_itself(
    partner: Partner, other_partner: Partner
) -> None:
    partner.save_interaction()
    token = partner.announce().json["tokenId"]
    partner.mint()
    partner.platform.drain()
    for _ in range(2):
        partner.act()
    partner.platform.drain()
    path = f"/{partner.origin}/collections/summer_party/changes"
    body = {"kind": "royalties", "royalty_receiver": HOLDER, "royalty_basis_points": 1}
    change = partner.platform.admin("POST", path, body).json["id"]
    partner.platform.drain()
    mint, *updates = [each["txHash"] for each in partner.transactions(token)]
    made = partner.platform.admin("GET", f"{path}/{change}").json["transaction_hash"]
    paid = {"mints": _paid(mint), "updates": sum(map(_paid, set(updates))), "changes": _paid(made)}

    for later in (timedelta(), timedelta(minutes=3), timedelta(minutes=4)):  # counted, then kept, then read again
        with travelled(later):
            own = partner.platform.call("GET", "/usage", key=partner.key)
            assert own.json == _usage(partner)
        today = own.json["days"][-1]
        assert [today[kind] for kind in ("scanned", "minted", "updated", "changed")] == [2, 1, 2, 1]
        [cost] = today["costs"]
        assert {kind: Decimal(cost[kind]) * _COIN for kind in paid} == paid
        assert Decimal(cost["coins"]) * _COIN == sum(paid.values())
        assert Decimal(cost["value"]) == round(Decimal(sum(paid.values())) * 2000 / _COIN, 6)
    others = partner.platform.call("GET", "/usage", key=other_partner.key).json
    assert [day["costs"] for day in others["days"]] == [[]] * 30


def test_usage_needs_a_key_of_the_partners_with_the_scope(partner: Partner) -> None:
    path = f"/{partner.origin}/keys"
    key = partner.platform.admin("POST", path, {"name": "hooks", "scopes": ["webhooks"]}).json["key"]
    for wrong in (key, None, "nonsense"):
        refused = partner.platform.call("GET", "/usage", key=wrong)
        assert refused.status == 403


def test_usage_of_a_partner_that_does_not_exist_is_not_found(platform: Platform) -> None:
    assert platform.admin("GET", "/nobody/usage").status == 404
