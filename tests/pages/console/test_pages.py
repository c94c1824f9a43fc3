"""Every page and form of the console: shown to its partner, to nobody else, and whatever is sent."""

import re
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.clock import travelled
from chalicelib.core.egress.exchange import ErrorKind
from chalicelib.gardenlab.repository.timeline import find_tally
from chalicelib.gardenlab.service.timeline import SETTLED_SECONDS
from chalicelib.pages.routes.console.deliveries import FAILURES
from tests.budgets.metering import metered
from tests.pages.console.world import FORMS, OWN_PAGES, PAGES, World, sign_in
from tests.pages.forms import Surfer
from tests.platform import Partner, Platform

LARGEST_PAGE = 100_000
MOST_REQUESTS, MOST_LEVELS = 9, 7
# The figures of webhooks count what waits, for which the outbox's eight shards are asked.
_MOST_REQUESTS_OF = {"/console/webhooks": 13, "/console/webhooks/figures": 13}
# Dreamspace numbers its objects for each partner; what is new to write names a collection alone.
_DREAMS = ("{dream_user}", "{transaction}", "{specimen}", "{dream_event}", "{document}", "{stamp}")
_HOSTILE = {
    "long": "x" * 5000,
    "markup": "'\"><script>",
    "NUL": "\x00",
    "number": "9" * 30,
}
_PARAMETERS = (
    "after",
    "below",
    "later",
    "q",
    "collection",
    "endpoint",
    "status",
    "email",
    "space",
    "user_id",
    "notice",
    "who",
    "what",
    "since",
)


@pytest.fixture(scope="module")
def operator(world: World) -> Surfer:
    """The partner's operator."""
    return sign_in(world.partner)


@pytest.fixture(scope="module")
def stranger(rival: Partner) -> Surfer:
    """The other partner's operator."""
    return sign_in(rival)


def test_every_route_is_in_the_tables_that_are_tried_here(platform: Platform) -> None:
    tried = {"GET": [*PAGES, *OWN_PAGES, "/console/dreamspace", "/console/search"], "POST": [path for path, _ in FORMS]}
    for method, paths in tried.items():
        known = [path.partition("?")[0] for path in paths]
        for route, methods in platform.app.routes.items():
            if route.startswith("/console/") and method in methods and "/sign-" not in route:
                pattern = re.compile(re.sub(r"\{[a-z]+\}", "[^/]+", route))
                assert any(pattern.fullmatch(path) for path in known), f"{method} {route}"


@pytest.mark.parametrize("path", [*PAGES, *OWN_PAGES])
def test_page_is_small_takes_few_requests_and_loads_nothing_from_elsewhere(
    world: World, operator: Surfer, path: str
) -> None:
    with metered() as bill:
        answer = operator.get(path.format(**world.names))
    assert answer.status == 200, operator.words
    assert len(operator.html.encode()) <= LARGEST_PAGE
    assert "Scan" not in bill.operations
    assert len(bill.of("dynamodb")) <= _MOST_REQUESTS_OF.get(path, MOST_REQUESTS), bill.operations
    assert bill.levels <= MOST_LEVELS, bill.operations
    assert "unsafe" not in str(answer.headers["content-security-policy"])
    assert not re.search(r"<(script|style)>|\sstyle=|\son[a-z]+=", operator.html)
    loaded = re.findall(r'<(?:script|img|link)[^>]*(?:src|href)="([^"]+)"', operator.html)
    assert all(address.startswith(("/static/", "/console/")) for address in loaded), loaded


@pytest.mark.parametrize("path", [path for path in OWN_PAGES if not any(name in path for name in _DREAMS)])
def test_another_partners_things_are_not_there(world: World, stranger: Surfer, path: str) -> None:
    assert stranger.get(path.format(**world.names)).status == 404, (path, stranger.words)


def test_another_partners_dreamspace_is_empty(stranger: Surfer) -> None:
    for model in ("users", "transactions", "specimens", "events", "documents", "stamps"):
        assert stranger.get(f"/console/dreamspace/{model}/1").status == 404
        assert f"No {model} yet" in stranger.get(f"/console/dreamspace/{model}").json


@pytest.mark.parametrize(("path", "fields"), [form for form in FORMS if "{" in form[0]])
def test_forms_change_nothing_of_another_partner(
    world: World, stranger: Surfer, path: str, fields: dict[str, str]
) -> None:
    answer = stranger.post(path.format(**world.names), {"csrf": _token(stranger), **_filled(world, fields)})
    assert answer.status == 404, (path, stranger.words)


@pytest.mark.parametrize(("path", "fields"), FORMS)
def test_form_without_its_browsers_token_is_refused(
    world: World, operator: Surfer, path: str, fields: dict[str, str]
) -> None:
    filled = _filled(world, fields)
    for csrf in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "ü" * 64}):
        assert operator.post(path.format(**world.names), {**csrf, **filled}).status == 403
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = operator.post(path.format(**world.names), {"csrf": _token(operator), **filled}, **elsewhere)
    assert answer.status == 403


@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE)
def test_hostile_queries_and_fields_are_no_fault_of_ours(world: World, operator: Surfer, text: str) -> None:
    query = urlencode(dict.fromkeys(_PARAMETERS, text))
    for path in (*PAGES, *OWN_PAGES):
        _fine(operator, path.format(**world.names).partition("?")[0] + f"?{query}")
    for name in _PARAMETERS:
        _fine(operator, f"/console/nfts?{urlencode({name: text})}")
        _fine(operator, f"/console/webhooks/deliveries?{urlencode({name: text})}")
    token = _token(operator)
    for path, fields in FORMS:
        if not path.endswith(("/delete", "/revoke", "/end", "/replay", "/recover", "/replay_missing", "/verify")):
            operator.post(path.format(**world.names), {"csrf": token, **dict.fromkeys(fields, text)})
            assert operator.page.status < 500, (path, operator.words)
            assert "><script>" not in operator.html


@settings(max_examples=10, deadline=None)
@given(name=st.text(min_size=1, max_size=40), path=st.sampled_from(OWN_PAGES))
def test_hostile_names_are_not_there(operator: Surfer, name: str, path: str) -> None:
    named = quote(name.encode("utf-8", "replace"), safe="")
    _fine(operator, re.sub(r"\{[a-z_]+\}", lambda _: named, path))


def _fine(surfer: Surfer, path: str) -> None:
    surfer.get(path)
    assert surfer.page.status < 500, (path, surfer.words)


def _token(surfer: Surfer) -> str:
    surfer.get("/console/keys")
    return next(held["csrf"] for _, held in surfer.forms() if "csrf" in held)


def _filled(world: World, fields: dict[str, str]) -> dict[str, str]:
    return {name: value.format(**world.names) for name, value in fields.items()}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("{customer}", "/console/spaces/customers/{customer}"),
        (" {invoice} ", "/console/spaces/invoices/{invoice}"),
        ("{mission}", "/console/missions/verified/{mission}"),
        ("{delivery}", "/console/webhooks/deliveries/{delivery}"),
        ("{endpoint}", "/console/webhooks/endpoints/{endpoint}"),
        ("{event}", "/console/webhooks/events/{event}"),
        ("evt_00000000000000000000", "/console/nfts?q=evt_00000000000000000000"),
        ("ada@example.com", "/console/nfts?q=ada%40example.com"),
        ("{collection} #{nft}", "/console/collections/{collection}/nfts/{nft}"),
        ("#{nft}", "/console/nfts?q={nft}"),
        ("../.. #1", "/console/collections/..%2F../nfts/1"),
        ("dlv_../../admin", "/console/webhooks/deliveries/dlv_..%2F..%2Fadmin"),
        ("", "/console/nfts"),
    ],
)
def test_the_search_leads_to_what_is_looked_for(world: World, operator: Surfer, text: str, path: str) -> None:
    operator.get(f"/console/search?{urlencode({'q': text.format(**world.names)})}")
    assert operator.path == path.format(**world.names)


def test_the_search_of_a_key_without_scopes_stays_at_home(world: World) -> None:
    partner = world.partner
    body = {"name": "narrow", "scopes": ["dreamspace"]}
    narrow = sign_in(partner, partner.platform.admin("POST", f"/{partner.origin}/keys", body).json["key"])
    narrow.get("/console/search?q=ada")
    assert narrow.path == "/console"


def test_the_charts_show_as_many_days_as_the_address_says(operator: Surfer) -> None:
    for days in (7, 14, 30):
        operator.get(f"/console?days={days}")
        assert operator.html.count("data-reading") == 4 * days
        assert f"The last {days} days" in operator.words
        operator.get(f"/console/webhooks?days={days}")
        assert operator.html.count("data-reading") == days
        assert f'data-poll="/console/webhooks/figures?days={days}"' in operator.html
    operator.get("/console/webhooks?days=8")
    assert operator.html.count("data-reading") == 24
    operator.get("/console?days=8")
    assert "The last 30 days" in operator.words


def test_an_event_shows_where_it_was_sent(world: World, operator: Surfer) -> None:
    operator.get("/console/webhooks/events/{event}".format(**world.names))
    assert "/console/webhooks/deliveries/{delivery}".format(**world.names) in operator.html
    assert "Delivered" in operator.words


def test_a_delivery_shows_the_request_that_was_made(world: World, operator: Surfer) -> None:
    operator.get("/console/webhooks/deliveries/{delivery}".format(**world.names))
    assert "webhook-id: {event}".format(**world.names) in operator.words
    assert "user-agent: Spacegarden-Webhooks/1" in operator.words


def test_a_delivery_names_the_headers_of_its_endpoint(partner: Partner) -> None:
    own = {"api_key_header": "quiet-rose", "headers": {"X-Tenant": "open-poppy"}}
    endpoint = partner.add_endpoint("https://hooks.example.com/in", enabled=False, **own)["id"]
    path = f"/webhooks/endpoints/{endpoint}/test"
    sent = partner.platform.call("POST", path, key=partner.key, body={"event_type": "newBcNftMint"}).json
    operator = sign_in(partner)
    operator.get(f"/console/webhooks/deliveries/{sent['id']}")
    for name in ("x-tenant", "x-api-key"):
        assert f"{name}: … (the endpoint's setting)" in operator.words
    assert "open-poppy" not in operator.html
    assert "quiet-rose" not in operator.html


def test_every_way_to_fail_has_its_words() -> None:
    assert set(FAILURES) == set(ErrorKind)


@pytest.mark.parametrize("path", ["", "/figures"])
def test_the_overview_keeps_the_sums_of_what_is_old_enough(partner: Partner, path: str) -> None:
    partner.announce()
    operator = sign_in(partner)
    with travelled(timedelta(seconds=SETTLED_SECONDS + 1)):
        operator.get(f"/console{path}")
    assert find_tally(partner.origin) is not None
