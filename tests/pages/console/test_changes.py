"""What partners change in the console: it is the services' doing, told in words, and written in the audit log."""

import re

import pytest

from tests.dreamspace.world import Dream
from tests.oauth.flows import register
from tests.pages.console.world import drawing, sign_in
from tests.pages.forms import Surfer
from tests.platform import HOLDER, Partner, Platform
from tests.receivers import Answer, Receiver

HERE = "/console/collections/summer_party"


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    """A partner with a user who was scanned by nobody yet."""
    partner = platform.new_partner()
    partner.save_interaction()
    partner.announce("ada")
    return partner


@pytest.fixture
def surfer(partner: Partner) -> Surfer:
    """Its operator."""
    return sign_in(partner)


def test_application_s_access_is_listed_and_ended(partner: Partner, surfer: Surfer) -> None:
    shop = register(partner.platform.new_partner(collection=False), name="Corner Shop")
    given = shop.tokens_of(partner)
    surfer.get("/console/grants")
    assert "Corner Shop" in surfer.words
    [grant] = partner.platform.call("GET", "/oauth/grants", key=partner.key).json["data"]
    surfer.submit(f"/console/grants/{grant['id']}/end")
    assert "access has ended" in surfer.words
    assert "No application may act for you" in surfer.words
    assert shop.refresh(given["refresh_token"]).json["error"] == "invalid_grant"
    surfer.get("/console/audit")
    assert "oauth_grant.end" in surfer.words
    assert f"console:{partner.key.split('_')[2]}" in surfer.words


def test_every_wrong_field_is_told_at_once(surfer: Surfer) -> None:
    surfer.get("/console/missions/answered")
    chosen = {"kind": "simple", "counting": "per_day"}
    surfer.submit("/console/missions/answered", mission="many", activity="", target="2.5", **chosen)
    assert surfer.page.status == 400
    assert "Please change 3 fields:" in surfer.words
    for name, reason in (
        ("mission", "Must be a number, such as 5 or 2.5."),
        ("activity", "Must not be empty."),
        ("target", "Must be a whole number."),
    ):
        assert f'id="{name}-error">{reason}' in surfer.html
    surfer.get("/console/keys")
    token = next(fields["csrf"] for _, fields in surfer.forms() if "csrf" in fields)
    surfer.post("/console/keys", {"csrf": token, "name": ""})
    assert "Scopes: tick at least one." in surfer.words
    assert "Name: must not be empty." in surfer.words


def test_collections_are_deployed_within_the_operators_budget(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    surfer = sign_in(partner)
    surfer.get("/console/collections")
    assert "Deploy it" not in surfer.words
    assert platform.admin("PATCH", f"/{partner.origin}", {"collection_budget": 1}).status == 200
    surfer.get("/console/collections")
    assert "You may deploy 1 more collection yourself" in surfer.words
    surfer.submit("/console/collections", contract_id="a/b", name="", symbol="")
    assert "Please change 3 fields:" in surfer.words
    other = sign_in(partner)
    other.get("/console/collections")
    named = {"contract_id": "gala", "name": "Gala", "symbol": "GALA"}
    surfer.submit("/console/collections", **named, royalty_basis_points="250", imgUrl="a.png")
    assert "must be an address that begins with https:// or ipfs://" in surfer.words
    surfer.submit("/console/collections", **named, royalty_basis_points="250", imgUrl="")
    assert "Is required where there are royalties." in surfer.words
    surfer.submit("/console/collections", royalty_receiver=HOLDER, lock="collection")
    assert surfer.path.startswith("/console/collections/gala")
    assert "The collection was deployed" in surfer.words
    assert "2.5 % to" in surfer.words
    assert "v2 · no token can be transferred" in surfer.words
    other.submit("/console/collections", contract_id="fair", name="Fair", symbol="FAIR")
    assert other.page.status == 403
    assert "You may deploy no more collections yourself" in other.words
    assert platform.admin("GET", f"/{partner.origin}").json["collection_budget"] == 0
    assert partner.platform.admin("GET", f"/{partner.origin}/collections/gala/status").json["deployed"]
    [entry] = [
        each
        for each in platform.admin("GET", f"/{partner.origin}/audit").json["data"]
        if each["action"] == "collection.create"
    ]
    assert entry["actor"].startswith("console:")


def test_key_is_shown_once_works_and_can_be_revoked(partner: Partner, surfer: Surfer) -> None:
    surfer.get("/console/keys")
    held = {f"scope:{name}": "1" for name in ("webhooks", "missions")}
    token = next(fields["csrf"] for _, fields in surfer.forms() if "csrf" in fields)
    surfer.post("/console/keys", {"csrf": token, "name": "shop", **held})
    key = re.search(r"sg_dev_[a-z0-9]+_[A-Za-z0-9]{43}", surfer.html)
    assert key is not None
    assert partner.platform.call("GET", "/webhooks/endpoints", key=key[0]).status == 200
    assert partner.platform.call("GET", "/api/v1/getNftByTokenId", key=key[0]).status == 403
    surfer.get("/console/keys")
    assert key[0] not in surfer.html
    surfer.submit(f"/console/keys/{key[0].split('_')[2]}/revoke")
    assert "The key was revoked" in surfer.words
    assert partner.platform.call("GET", "/webhooks/endpoints", key=key[0]).status == 403
    surfer.get("/console/audit")
    assert "key.revoke" in surfer.words
    assert re.search(r"console:[a-z0-9]{12}", surfer.words)


def test_category_is_made_changed_and_deleted_with_errors_at_their_fields(partner: Partner, surfer: Surfer) -> None:
    surfer.get(f"{HERE}/categories")
    wrong = {"user_category_id": "GOLD", "name": "Gold", "max_supply": "ten", "attributes": "{}", "description": ""}
    assert surfer.submit(f"{HERE}/categories", **wrong).status == 400
    assert 'aria-describedby="max_supply-help max_supply-error"' in surfer.html
    assert "Must be a number" in surfer.words
    assert 'value="Gold"' in surfer.html
    surfer.submit(f"{HERE}/categories", **{**wrong, "max_supply": "10", "attributes": '{"tier": "gold"}'})
    assert "The category was created" in surfer.words
    surfer.get(f"{HERE}/categories/GOLD")
    surfer.submit(f"{HERE}/categories/GOLD", name="Golden", max_supply="20", attributes="{}", description="")
    assert "0 of 20" in surfer.words
    surfer.get(f"{HERE}/categories")
    assert surfer.submit(f"{HERE}/categories", **{**wrong, "max_supply": ""}).status == 409
    surfer.get(f"{HERE}/categories/GOLD")
    surfer.submit(f"{HERE}/categories/GOLD/delete")
    assert "The category was deleted" in surfer.words
    path = f"/{partner.origin}/collections/summer_party/categories/GOLD"
    assert partner.platform.admin("GET", path).status == 404


def test_levels_are_set_and_refused_in_words(surfer: Surfer) -> None:
    surfer.get(HERE)
    assert surfer.submit(f"{HERE}/levels", level_thresholds="0, 50, 20").status == 400
    assert "Must rise strictly" in surfer.words
    surfer.submit(f"{HERE}/levels", level_thresholds="0 50, 200")
    assert 'value="0, 50, 200"' in surfer.html


def test_collection_is_allowed_to_change_token_ids_and_forbidden_again(partner: Partner, surfer: Surfer) -> None:
    path = f"/{partner.origin}/collections/summer_party"
    for ticked in ({"may_change_token_id": "1"}, {}):
        surfer.get(HERE)
        token = next(fields["csrf"] for _, fields in surfer.forms() if "csrf" in fields)
        surfer.post(HERE, {"csrf": token, **ticked})
        assert "Saved" in surfer.words
        assert partner.platform.admin("GET", path).json["may_change_token_id"] is bool(ticked)
    surfer.get("/console/audit")
    assert "collection.update" in surfer.words


def test_levels_are_shown_with_every_digit(partner: Partner, surfer: Surfer) -> None:
    for levels in ("0, 1234567, 1234568.5", "0, 0.000001"):
        surfer.get(HERE)
        surfer.submit(f"{HERE}/levels", level_thresholds=levels)
        assert f'value="{levels}"' in surfer.html
        surfer.submit(f"{HERE}/levels")
        assert "Saved" in surfer.words
    path = f"/{partner.origin}/collections/summer_party"
    assert partner.platform.admin("GET", path).json["level_thresholds"] == [0, 0.000001]


def test_picture_is_an_address_or_refused(partner: Partner, surfer: Surfer) -> None:
    surfer.get(f"{HERE}/categories")
    for wrong in ("picture.png", "http://example.com/a.png", "https://", "javascript:alert(1)", "https://a b/c.png"):
        fields = {"user_category_id": "ART", "name": "Art", "imgUrl": wrong}
        assert surfer.submit(f"{HERE}/categories", **fields).status == 400
        assert "Must be an address that begins with https:// or ipfs://" in surfer.words
    surfer.submit(f"{HERE}/categories", **{**fields, "imgUrl": "ipfs://bafy/art.png"})
    assert "The category was created" in surfer.words
    path = f"/{partner.origin}/collections/summer_party/categories/ART"
    partner.platform.admin("PATCH", path, {"imgUrl": "picture.png"})  # the API takes any text
    surfer.get(f"{HERE}/categories/ART")
    surfer.submit(f"{HERE}/categories/ART", name="Arts")
    assert "Saved" in surfer.words
    assert partner.platform.admin("GET", path).json["imgUrl"] == "picture.png"


def test_supply_that_is_not_limited_is_not_counted(partner: Partner, surfer: Surfer) -> None:
    path = f"/{partner.origin}/collections/summer_party/categories"
    free = partner.platform.admin("POST", path, {"user_category_id": "FREE", "name": "Free"}).json
    few = partner.platform.admin("POST", path, {"user_category_id": "FEW", "name": "Few", "max_supply": 3}).json
    assert (free["issued"], few["issued"]) == (None, 0)
    surfer.get(HERE)
    assert "Supply" in surfer.words
    assert "0 of 3 issued" in surfer.words


def test_interaction_is_made_changed_and_given_a_window_and_a_code(partner: Partner, surfer: Surfer) -> None:
    surfer.get(f"{HERE}/interactions")
    surfer.submit(f"{HERE}/interactions", name="Visit", type="Visits", xpIncrement="2.5", description="")
    place = surfer.path.partition("?")[0]
    assert "Saved" in surfer.words
    surfer.submit(place, name="Long visit", type="Visits", xpIncrement="7", action_id="visit", description="")
    surfer.submit(f"{place}/window", valid_from="2026-01-01T00:00", valid_until="2025-01-01T00:00")
    assert "Must come after valid_from" in surfer.words
    surfer.submit(f"{place}/window", valid_from="2025-01-01T00:00", valid_until="2099-01-01T00:00")
    [saved] = [
        each
        for each in partner.get("getAllInteractions", origin=partner.origin, contract_id="summer_party").json
        if each["name"] == "Long visit"
    ]
    assert (saved["xpIncrement"], saved["action_id"]) == (7, "visit")
    assert (saved["valid_from"], saved["valid_until"]) == ("2025-01-01T00:00Z", "2099-01-01T00:00Z")
    surfer.submit(f"{place}/codes", code_name="Door", password="open sesame please")
    assert "Door" in surfer.words
    assert surfer.submit(f"{place}/codes", code_name="Again", password="open sesame please").status == 409
    surfer.get(place)
    picture = re.search(r'<img class="qr" src="([^"]+)"', surfer.html)
    assert picture is not None
    [action] = [form["action"] for form, _ in surfer.forms() if form.get("action", "").endswith("/end")]
    surfer.submit(action)
    assert "Ended" in surfer.words
    assert surfer.get(picture[1]).json.startswith("<svg")


def test_a_time_that_is_not_changed_keeps_its_offset_and_fraction(partner: Partner, surfer: Surfer) -> None:
    interaction = partner.save_interaction(name="Late", action_id="late").json["id"]
    window = {"valid_from": "2026-01-01T00:00:00.5+02:00", "valid_until": "2098-12-31"}
    path = f"/{partner.origin}/collections/summer_party/interactions/{interaction}"
    partner.platform.admin("PATCH", path, window)
    surfer.get(f"{HERE}/interactions/{interaction}")
    [fields] = [held for form, held in surfer.forms() if form["action"].endswith("/window")]
    assert (fields["valid_from"], fields["valid_until"]) == ("2025-12-31T22:00:00", "2098-12-31T00:00:00")
    surfer.submit(f"{HERE}/interactions/{interaction}/window", valid_until="2099-01-01T00:00")
    kept = partner.platform.admin("PATCH", path, {}).json
    assert (kept["valid_from"], kept["valid_until"]) == (window["valid_from"], "2099-01-01T00:00Z")


def test_interaction_is_found_and_changed_by_its_action_id(partner: Partner, surfer: Surfer) -> None:
    interaction = partner.save_interaction(name="Tour", action_id="tour").json["id"]
    surfer.get(f"{HERE}/interactions/tour")
    assert surfer.path == f"{HERE}/interactions/{interaction}"
    [held] = [fields for form, fields in surfer.forms() if form["action"].endswith("/window")]
    surfer.post(f"{HERE}/interactions/tour/window", {**held, "valid_until": "2099-01-01T00:00"})
    assert surfer.path.startswith(f"{HERE}/interactions/{interaction}")
    path = f"/{partner.origin}/collections/summer_party/interactions/{interaction}"
    assert partner.platform.admin("GET", path).json["valid_until"] == "2099-01-01T00:00Z"


def test_interaction_is_applied_once_however_often_the_form_is_sent(partner: Partner, surfer: Surfer) -> None:
    before = partner.nft("1")["xp"]
    surfer.get(f"{HERE}/nfts/1")
    [held] = [fields for form, fields in surfer.forms() if form["action"].endswith("/interactions")]
    for _ in range(2):
        surfer.post(f"{HERE}/nfts/1/interactions", {**held, "action_id": "checkin"})
        assert "The interaction was applied" in surfer.words
    assert partner.nft("1")["xp"] == before + 5
    key_id = partner.key.split("_")[2]
    assert f"by test console:{key_id}" in surfer.words
    partner.act("ada")
    surfer.get(f"{HERE}/nfts/1")
    assert surfer.words.count(f"by test key:{key_id}") == 2, "who announced the user, and who applied the scan"
    assert [scan["interactionName"] for scan in partner.scans("1")].count("Check-in") >= 1


@pytest.mark.parametrize("code", ["number", "address"])
def test_operator_applies_by_number_and_by_what_the_code_says(partner: Partner, surfer: Surfer, code: str) -> None:
    nft = partner.nft("1")
    surfer.get("/console/apply")
    surfer.submit("/console/apply", code=nft["url"] if code == "address" else "1", action_id="checkin")
    assert "ada gained 5 XP" in surfer.words
    assert partner.nft("1")["xp"] == nft["xp"] + 5


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("999", "no such NFT"),
        ("nonsense", "must be the address of an NFT"),
        ("http://x/nft/0x" + "1" * 40 + "/1", "an NFT of another partner"),
    ],
    ids=["unknown", "nonsense", "another's"],
)
def test_operator_is_told_why_a_code_is_refused(surfer: Surfer, code: str, words: str) -> None:
    surfer.get("/console/apply")
    assert surfer.submit("/console/apply", code=code, action_id="checkin").status in (400, 404)
    assert words in surfer.words


def test_endpoint_is_added_tested_replayed_disabled_and_deleted(partner: Partner, surfer: Surfer) -> None:
    surfer.get("/console/webhooks/endpoints")
    assert surfer.submit("/console/webhooks/endpoints", url="ftp://example.com").status == 400
    assert 'id="url-error"' in surfer.html
    with Receiver(answers=[Answer(500, body=b"broken")]) as receiver:
        surfer.submit("/console/webhooks/endpoints", url=receiver.url, description="mine")
        assert "whsec_" in surfer.html
        surfer.get("/console/webhooks")
        place = re.search(r"/console/webhooks/endpoints/ep_[0-9A-Z]{20}", surfer.html)
        assert place is not None
        surfer.get(place[0])
        surfer.submit(f"{place[0]}/test", event_type="newBcNftMint")
        delivery = surfer.path.partition("?")[0]
        assert "The test event is on its way" in surfer.words
        receiver.requests.clear()
        partner.platform.drain()
        surfer.get(delivery)
        assert "Retrying, 1 failed" in surfer.words
        assert "HTTP 500" in surfer.words
        assert "broken" in surfer.html
        surfer.submit(f"{delivery}/replay")
        partner.platform.drain()
        surfer.get(f"{delivery}/live")
        assert "Delivered" in surfer.words
        for page, title in (("/console/webhooks", "Attempts by hour"), ("/console", "Webhook attempts")):
            surfer.get(page)
            assert f"{title} 2 " in surfer.words, "as many as there were, not the delivered ones alone"
            assert "delivered: 1 failed: 1" in surfer.words
        surfer.get(place[0])
        surfer.submit(f"{place[0]}/secret", keep_hours="1")
        assert "whsec_" in surfer.html
        surfer.get(place[0])
        surfer.submit(f"{place[0]}/enabled", to="disabled")
        assert "Disabled" in surfer.words
        surfer.submit(f"{place[0]}/delete")
        assert "The endpoint was deleted" in surfer.words


def test_headers_of_an_endpoint_are_kept_replaced_and_dropped(partner: Partner, surfer: Surfer) -> None:
    def stored() -> list[str]:
        [endpoint] = partner.platform.call("GET", "/webhooks/endpoints", key=partner.key).json["data"]
        names: list[str] = endpoint["headers"]
        return names

    surfer.get("/console/webhooks/endpoints")
    url = "https://hooks.example.com/in"
    assert surfer.submit("/console/webhooks/endpoints", url=url, headers="no colon").status == 400
    assert 'id="headers-error"' in surfer.html
    surfer.submit("/console/webhooks/endpoints", url=url, headers="X-Tenant: open-poppy\nX-More: two")
    assert stored() == ["X-Tenant", "X-More"]
    surfer.get("/console/webhooks")
    found = re.search(r"/console/webhooks/endpoints/ep_[0-9A-Z]{20}", surfer.html)
    assert found is not None
    place = found[0]

    def save(**fields: str) -> None:
        surfer.get(place)
        [held] = [held for form, held in surfer.forms() if form.get("action") == place]
        surfer.post(place, {**held, **fields})

    surfer.get(place)
    assert "open-poppy" not in surfer.html
    assert "those that there are stay (X-Tenant, X-More)" in surfer.words
    save(description="mine")
    assert stored() == ["X-Tenant", "X-More"]
    save(headers="X-Other: three")
    assert stored() == ["X-Other"]
    save(no_headers="1")
    assert stored() == []


def test_mission_is_made_tested_and_deleted(partner: Partner, surfer: Surfer) -> None:
    surfer.get("/console/missions/answered")
    fields = {"mission": "77", "activity": "gardenlab:summer_party:checkin", "kind": "simple", "counting": "per_day"}
    wrong = {**fields, "activity": "gardenlab:summer_party:chekin"}
    assert surfer.submit("/console/missions/answered", **wrong).status == 400
    assert "there is no action 'chekin' in the collection 'summer_party'" in surfer.words
    surfer.submit("/console/missions/answered", **{**wrong, "mission": "78"}, allow_unknown="1")
    assert "The mission was created" in surfer.words
    surfer.get("/console/missions/answered")
    surfer.submit("/console/missions/answered", **fields)
    assert "The mission was created" in surfer.words
    surfer.submit("/console/missions/answered/77/test", email="nobody@example.com")
    assert "Not done" in surfer.words
    partner.act("ada")
    surfer.submit("/console/missions/answered/77/test", email="ada@example.com")
    assert '{"success": true}' in surfer.html.replace("&#34;", '"')
    surfer.get("/console/missions/answered")
    assert surfer.submit("/console/missions/answered", **fields).status == 409
    surfer.get("/console/missions/answered/77")
    surfer.submit("/console/missions/answered/77/delete")
    assert "The mission was deleted" in surfer.words


def test_verified_mission_is_made_tried_and_leaves_evidence(surfer: Surfer) -> None:
    uids = []
    for email in ("did@example.com", "not@example.com"):
        surfer.get("/console/missions/users")
        surfer.submit("/console/missions/users", email=email)
        uids.append(re.findall(r"<code>([0-9a-f]{24})</code>", surfer.html)[0])
    then = Answer(200, body=b'{"success": true}')
    with Receiver(then=then) as receiver:
        surfer.get("/console/missions/verified")
        surfer.submit("/console/missions/verified", name="Buy", url_template=f"{receiver.url}/<Email>", kind="simple",
                      dialect="space3", counting="sum", recurrence="once", headers="x-key: secret")  # fmt: skip
        assert "whsec_" in surfer.html
        place = re.search(r"/console/missions/verified/msn_[0-9A-Z]{20}", surfer.html)
        assert place is not None
        surfer.get(place[0])
        surfer.submit(f"{place[0]}/test", completed_uid=uids[0], not_completed_uid=uids[1])
        assert "The mission is not ready" in surfer.words
        surfer.submit(f"{place[0]}/verify", uid=uids[0])
        assert "HTTP 200" in surfer.words
    surfer.get(place[0])
    assert surfer.submit(f"{place[0]}/verify", uid="f" * 24).status == 404
    assert "no such user" in surfer.words


def test_a_broken_drawing_is_shown_as_data(partner: Partner, surfer: Surfer) -> None:
    whole = drawing()
    for text in (whole, whole[: len(whole) // 2], f"{whole[:60]}AAAA{whole[64:]}"):
        document = {"document_data": text, "seal": 9, "stamps": []}
        answer = Dream(partner.platform, partner).post("/documents", document)
        place = f"/console/dreamspace/documents/{answer['document_id']}"
        is_whole = text == whole
        surfer.get("/console/dreamspace/documents")
        assert (f'src="{place}/picture"' in surfer.html) is is_whole
        surfer.get(place)
        assert ("no whole picture" in surfer.words) is not is_whole


def test_drawing_carries_its_stamps_and_nothing_runs_in_it(partner: Partner, surfer: Surfer) -> None:
    body = {
        "document_data": "not a picture",
        "seal": 1,
        "stamps": [{"stamp_type": "<script>x</script>", "pos_x": 1, "pos_y": 2, "rotation": 3.5}],
    }
    made = partner.platform.call("POST", "/documents", headers={"X-API-KEY": partner.key}, body=body).json
    place = f"/console/dreamspace/documents/{made['document_id']}"
    assert surfer.get(f"{place}/picture").status == 404
    assert surfer.get(place).status == 200
    assert "no whole picture that a browser can show" in surfer.words
    assert "<script>x" not in surfer.html
