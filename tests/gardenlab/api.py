"""The eight routes, the form of their refusals, and complete bodies to begin from."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.platform import HOLDER, Answer, Partner

POSTS = ("saveActionInteraction", "newUserForPartner", "newActionForUser", "mintTokenForUser")
LISTS = ("getAllInteractions", "getAllInteractionScansForToken", "getBlockchainTxForToken")
GETS = ("getNftByTokenId", *LISTS)
NOBODYS_CONTRACT = "0x000000000000000000000000000000000000dEaD"
FAR_TOKEN = "987654321"


def assert_refused(answer: Answer, code: str, *, status: int = 400) -> str:
    """Checks the one form that refusals have, and gives the message."""
    assert answer.status == status, answer
    return assert_error(answer.json, code, status=status)


def assert_error(content: Any, code: str, *, status: int = 400) -> str:
    """Checks an error object, of an answer or of an array's item, and gives its message."""
    assert set(content) == {"error"}
    error = content["error"]
    assert set(error) == {"status", "code", "message"}
    assert (error["status"], error["code"]) == (status, code), error
    assert isinstance(error["message"], str)
    assert error["message"]
    return str(error["message"])


def interaction(action_id: str | None = None, **fields: Any) -> dict[str, Any]:
    """An interaction of +5 XP."""
    named = {} if action_id is None else {"action_id": action_id}
    return {"type": "IRL Event", "name": "Check-in", "xpIncrement": 5, **named, **fields}


def saving(partner: Partner, **fields: Any) -> dict[str, Any]:
    """The body of saveActionInteraction."""
    return {"origin": partner.origin, "contract_id": "summer_party", "interaction": interaction(), **fields}


def acting(partner: Partner, uid: str, action_id: str, **fields: Any) -> dict[str, Any]:
    """The body of newActionForUser."""
    body = {"origin": partner.origin, "contract_id": "summer_party", "action_id": action_id, "guest": {"uid": uid}}
    return {**body, **fields}


def minting(partner: Partner, uid: str, **fields: Any) -> dict[str, Any]:
    """The body of mintTokenForUser."""
    body = {"origin": partner.origin, "contract_id": "summer_party", "email": f"{uid}@example.com", "uid": uid}
    return {**body, "user_addr": HOLDER, **fields}


def announced(partner: Partner, uid: str, **fields: Any) -> str:
    """Announces a user; gives the token id."""
    answer = partner.announce(uid, **fields)
    assert answer.status == 200, answer
    return str(answer.json["tokenId"])


def saved(partner: Partner, action_id: str, **fields: Any) -> str:
    """Saves an interaction of +5 XP unless the fields say otherwise; gives its id."""
    answer = partner.save_interaction(action_id, **fields)
    assert answer.status == 200, answer
    return str(answer.json["id"])


def applied(partner: Partner, uid: str, action_id: str, times: int = 1, **fields: Any) -> dict[str, Any]:
    """Applies an action some times; gives the last answer."""
    answer = None
    for _ in range(times):
        answer = partner.act(uid, action_id=action_id, **fields)
        assert answer.status == 200, answer
    assert answer is not None
    return dict(answer.json)


def set_window(partner: Partner, interaction_id: str, contract_id: str = "summer_party", **window: str | None) -> None:
    """Sets an interaction's validity window on the admin surface."""
    path = f"/{partner.origin}/collections/{contract_id}/interactions/{interaction_id}"
    answer = partner.platform.admin("PATCH", path, window)
    assert answer.status == 200, answer


def walked(partner: Partner, route: str, **query: Any) -> list[list[Any]]:
    """Every page of a list, by its `Link` headers."""
    answer = partner.get(route, **query)
    pages = []
    while True:
        assert answer.status == 200, answer
        pages.append(answer.json)
        link = answer.headers.get("link")
        if link is None:
            return pages
        address, _, relation = str(link).partition(">")
        assert relation == '; rel="next"'
        target = urlsplit(address.removeprefix("<"))
        assert (target.scheme, target.netloc) == ("http", "spacegarden.test")
        answer = partner.platform.call("GET", target.path, key=partner.key, query=dict(parse_qsl(target.query)))
