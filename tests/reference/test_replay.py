"""The examples are real: sent as they are printed, in the order of a day, they are answered as it is printed."""

from typing import Any

from chalicelib.core.settings import settings
from tests.oauth.flows import register
from tests.platform import Partner, Platform
from tests.reference.examples import DAY, REWARD, Examples


def test_a_day_of_examples(platform: Platform, partner: Partner, document: dict[str, Any]) -> None:
    token = register(partner).own_token()
    credentials = {
        "adminKey": {"Authorization": f"Bearer {settings().admin_key}"},
        "apiKey": {"Authorization": f"Bearer {partner.key}"},
        "apiKeyHeader": {"X-API-KEY": partner.key},
        "accessTokenBasic": {"Authorization": f"Bearer {token}"},
    }
    asked = {"origin": partner.origin, "contract_id": "summer_party", "interaction": REWARD}
    assert platform.call("POST", "/api/v1/saveActionInteraction", key=partner.key, body=asked).status == 200
    examples = Examples(document, partner.origin, credentials)
    for name in DAY:
        sent = examples.request(name)
        answer = platform.call(sent.method, sent.path, body=sent.body, headers=sent.headers)
        assert answer.status == 200, (name, answer)
        assert set(answer.json) == set(examples.operations[name].example), name
        if name == "gardenlab_mint_token_for_user":
            cid = answer.json["tokenUrl"].removeprefix("ipfs://").partition("/")[0]
            document_of_nft = platform.call("GET", f"/ipfs/{cid}/metadata.json")
            assert (document_of_nft.status, document_of_nft.json["name"]) == (200, "Summer Party VIP")
    quest = examples.request("missions_ask_by_email_post")
    secret = {"x-api-key": "a-secret-of-the-partner"}
    path = f"/missions/{partner.origin}/ada@example.com/zealy:1"
    assert platform.call("POST", path, body=quest.body, headers=secret).json == {"message": "Quest completed"}


def test_health_is_as_described(platform: Platform) -> None:
    for path in ("/health", "/health/deep"):
        assert platform.call("GET", path).json["status"] == "ok"


def test_single_relations_of_dreamspace_are_as_described(partner: Partner) -> None:
    """What other tests walk past: each single relation changed and deleted through."""

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = partner.platform.call(method, path, body=body, headers={"X-API-KEY": partner.key})
        assert answer.status == 200, (method, path, answer)
        return answer.json

    def user(name: str) -> int:
        return int(call("POST", "/users", {"twitch_id": name, "name": name})["user_id"])

    for root, via in (("specimens", "owner"), ("specimens", "user"), ("transactions", "user")):
        owner = user(f"{root}-{via}")
        fields = {"owner_id": owner} if root == "specimens" else {"user_id": owner, "amount": 1, "description": ""}
        number = call("POST", f"/{root}", fields)[f"{root.removesuffix('s')}_id"]
        assert call("PATCH", f"/{root}/{number}/{via}", {"name": "renamed"})["name"] == "renamed"
        assert call("DELETE", f"/{root}/{number}/{via}")["user_id"] == owner
    stamp = {"stamp_type": "approve", "pos_x": 0, "pos_y": 0, "rotation": 0.0}
    stamps = call("POST", "/documents", {"document_data": "", "seal": 1, "stamps": [stamp]})["stamps"]
    path = f"/stamps/{stamps[0]['stamp_id']}/document"
    assert call("PATCH", path, {"seal": 2})["seal"] == 2
    assert call("DELETE", path)["seal"] == 2
    owner = user("specimens")
    below, alone = (call("POST", "/specimens", {"owner_id": owner})["specimen_id"] for _ in range(2))
    assert call("DELETE", f"/users/{owner}/specimens/{below}")["specimen_id"] == below
    assert call("DELETE", f"/specimens/{alone}")["specimen_id"] == alone
