"""Who acted, told by the names of keys; the audit log and its filters, which stand in the address."""

import html
import re
from datetime import timedelta

import pytest

from chalicelib.core.clock import now
from tests.budgets.metering import metered
from tests.pages.console.world import sign_in
from tests.pages.forms import Surfer
from tests.platform import Partner, Platform

AUDIT = "/console/audit"


@pytest.fixture(name="partner", scope="module")
def _partner(platform: Platform) -> Partner:
    """A partner with a scanned NFT, set up by the operator and by its own key, which is called `till`."""
    partner = platform.new_partner()
    partner.save_interaction()
    partner.announce("ada")
    partner.act("ada")
    return partner


@pytest.fixture(name="surfer")
def _surfer(partner: Partner) -> Surfer:
    return sign_in(partner)


def _key_id(partner: Partner) -> str:
    return partner.key.split("_")[2]


def _actors(surfer: Surfer) -> set[str]:
    return set(re.findall(r'data-label="Who">.*?<code>([^<]+)</code>', surfer.html))


def test_scan_names_the_key_that_applied_it(partner: Partner, surfer: Surfer) -> None:
    surfer.get("/console/collections/summer_party/nfts/1")
    assert f"by test key:{_key_id(partner)}" in surfer.words
    assert "IRL Event, by test key:" in surfer.words


def test_log_is_filtered_by_who_what_and_day(partner: Partner, surfer: Surfer) -> None:
    own = f"key:{_key_id(partner)}"
    surfer.get(AUDIT)
    assert {"admin", own} <= _actors(surfer)
    for who in ("key", own):
        surfer.get(f"{AUDIT}?who={who}")
        assert _actors(surfer) == {own}
        assert f'value="{who}" selected' in surfer.html
    surfer.get(f"{AUDIT}?who=admin&what=collection")
    assert _actors(surfer) == {"admin"}
    assert "collection.create" in surfer.words
    assert "key.create" not in surfer.words
    surfer.get(f"{AUDIT}?what=summer_party")
    assert "collection.create" in surfer.words
    today, tomorrow = f"{now():%Y-%m-%d}", f"{now() + timedelta(days=1):%Y-%m-%d}"
    surfer.get(f"{AUDIT}?since={today}&until={today}")
    assert "collection.create" in surfer.words
    for span in (f"since={tomorrow}", "until=2020-01-01", "who=oauth:nobody", "until=9999-12-31"):
        surfer.get(f"{AUDIT}?{span}")
        assert ("None like that" in surfer.words) is (span != "until=9999-12-31")
    assert surfer.get(f"{AUDIT}?since=yesterday").status == 400
    assert "since: must be an ISO 8601 time" in surfer.words


def test_filters_stay_in_the_address_from_page_to_page(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    path = f"/webhooks/endpoints/{partner.add_endpoint('https://hooks.example.com/in')['id']}"
    for number in range(29):
        platform.call("PATCH", path, key=partner.key, body={"description": f"the {number}th"})
        platform.admin("PATCH", f"/{partner.origin}", {"display_name": str(number)})
    surfer, seen = sign_in(partner), list[str]()
    place: str | None = f"{AUDIT}?who=key&what=endpoint"
    while place is not None:
        with metered() as bill:
            surfer.get(place)
        assert len(bill.of("dynamodb")) <= 9, bill.operations
        assert _actors(surfer) == {f"key:{_key_id(partner)}"}
        seen += re.findall(r'strong">(endpoint\.[a-z]+)</span>', surfer.html)
        older = re.search(r'href="([^"]+)" rel="next"', surfer.html)
        place = html.unescape(older[1]) if older else None
    assert len(seen) == 30


def test_few_among_many_are_found_by_looking_further_back(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    partner.add_endpoint("https://hooks.example.com/in")
    for number in range(260):
        platform.admin("PATCH", f"/{partner.origin}", {"display_name": str(number)})
    surfer = sign_in(partner)
    surfer.get(f"{AUDIT}?what=endpoint.create")
    assert "Older ones may" in surfer.words
    further = re.search(r'href="([^"]+)">Look further back', surfer.html)
    assert further is not None
    surfer.get(html.unescape(further[1]))
    assert "endpoint.create" in surfer.words
