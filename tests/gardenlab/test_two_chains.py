"""One address that is a contract on each of two chains: one signer's first contract has the same address on both."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from chalicelib.gardenlab.models import ContractRow
from chalicelib.gardenlab.repository.collections import find_collection, find_contracts
from tests.faults.wire import meanwhile
from tests.letters import Letters
from tests.pages.conftest import signed_in
from tests.pages.forms import Surfer
from tests.platform import Answer, Partner, Platform

_SECOND = "second"


@pytest.fixture(autouse=True, scope="module")
def second_chain(platform: Platform) -> Iterator[None]:
    """The local node once more, as a chain of its own with the same signer."""
    del platform
    local = settings().chain_named("local")
    assert local is not None
    chain = {"rpc_url": local.rpc_url, "explorer_url": "http://explorer.test/{hash}", "signer_key_id": _signer()}
    with pytest.MonkeyPatch.context() as patch:
        present = json.loads(os.environ.get("SPACEGARDEN_CHAINS") or "{}")
        patch.setenv("SPACEGARDEN_CHAINS", json.dumps({**present, _SECOND: chain}))
        settings.cache_clear()
        yield
    settings.cache_clear()


def _signer() -> str:
    return "alias/spacegarden-dev-signer-local"


def _register(partner: Partner, contract_id: str, address: str, *, chain: str) -> Answer:
    body = {"contract_id": contract_id, "name": "Gala", "symbol": "GALA", "contract": address, "chain": chain}
    answer = partner.platform.admin("POST", f"/{partner.origin}/collections", body)
    if answer.status == 200:
        partner.add_category(contract_id, "VIP")
    return answer


def _address(partner: Partner) -> str:
    path = f"/{partner.origin}/collections/summer_party"
    return str(partner.platform.admin("GET", path).json["contract"])


def _on_both(partner: Partner) -> str:
    address = _address(partner)
    assert _register(partner, "gala", address, chain=_SECOND).status == 200
    return address


def _both_tokens(partner: Partner, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """An NFT of each collection, with one token id."""
    first = partner.announce(random_token(8), **fields).json
    second = partner.announce(random_token(8), contract_id="gala", **fields).json
    assert first["tokenId"] == second["tokenId"]
    return first, second


def test_address_is_registered_once_on_each_chain(partner: Partner, other_partner: Partner) -> None:
    address = _on_both(partner)
    assert _register(partner, "again", address, chain=_SECOND).status == 409
    assert _register(other_partner, "theirs", address, chain=_SECOND).status == 409
    assert _register(other_partner, "theirs", address, chain="local").status == 409


def test_address_that_another_chain_gets_while_it_is_registered_is_shared(partner: Partner) -> None:
    address = _address(partner)
    [row] = find_contracts(address)
    row.delete()
    with meanwhile(row.save):  # as if summer_party had been registered in between
        assert _register(partner, "gala", address, chain=_SECOND).status == 200
    assert [owner.contract_id for owner in find_contracts(address)] == ["summer_party", "gala"]
    found = find_collection(partner.origin, "gala")
    assert found is not None
    assert found.shares_address


def test_row_without_its_chain_holds_the_address_on_its_collections_chain(
    partner: Partner, other_partner: Partner
) -> None:
    address = _address(partner)
    [row] = find_contracts(address)
    row.update(actions=[ContractRow.chain.remove()])
    assert _register(other_partner, "theirs", address, chain="local").status == 409
    assert _register(other_partner, "theirs", address, chain=_SECOND).status == 200


def test_alias_names_the_one_that_an_address_alone_does_not(partner: Partner) -> None:
    address = _on_both(partner)
    first, second = _both_tokens(partner)
    asked = {"contract": address, "tokenId": first["tokenId"]}
    ambiguous = partner.get("getNftByTokenId", **asked)
    assert (ambiguous.status, ambiguous.error_code) == (400, "QUERY_INCOMPLETE")
    assert "contract_id" in ambiguous.json["error"]["message"]
    for contract_id, made in (("summer_party", first), ("gala", second)):
        shown = partner.get("getNftByTokenId", contract_id=contract_id, **asked)
        assert (shown.json["contract_id"], shown.json["uid"]) == (contract_id, made["uid"])
        assert shown.json["url"] == made["url"]


def test_address_that_another_partner_has_on_another_chain_is_still_the_partners_own(
    partner: Partner, other_partner: Partner
) -> None:
    address = _address(partner)
    assert _register(other_partner, "gala", address, chain=_SECOND).status == 200
    for owner, contract_id in ((partner, "summer_party"), (other_partner, "gala")):
        made = owner.announce(contract_id=contract_id).json
        assert (
            owner.get("getNftByTokenId", contract=address, tokenId=made["tokenId"]).json["contract_id"] == contract_id
        )


def test_each_nft_has_a_page_of_its_own_and_is_claimed_there(
    platform: Platform, letters: Letters, partner: Partner
) -> None:
    address, email = _on_both(partner), f"{random_token(8)}@example.com"
    first, second = _both_tokens(partner, email=email)
    assert first["url"].endswith(f"/nft/{address}/{first['tokenId']}")
    assert second["url"].endswith(f"/nft/{_SECOND}:{address}/{second['tokenId']}")
    surfer = Surfer(platform)
    surfer.get(second["url"].removeprefix(settings().public_url))
    assert "Gala" in surfer.words
    place = f"/claim/{_SECOND}:{address}/{second['tokenId']}"
    holder = signed_in(platform, letters, email, onward=place)
    assert holder.path == place
    assert f'action="{place}/address"' in holder.html
