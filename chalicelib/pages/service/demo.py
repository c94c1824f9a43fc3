"""The first calls of a local run's demo partner, as curl commands."""

import json
from typing import Any, NamedTuple

from chalicelib.demo import ACTION, CATEGORY, COLLECTION, ORIGIN

_WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
_GUEST = {"email": "ada@example.com", "uid": "ada"}
_WHERE = {"origin": ORIGIN, "contract_id": COLLECTION}


class DemoCall(NamedTuple):
    """A call and what it does."""

    title: str
    command: str


def demo_calls(url: str, key: str) -> list[DemoCall]:
    """Three calls that work in this order in a fresh local run at `url`."""
    return [
        DemoCall(
            "Announce a user. An NFT is reserved for the user.",
            _curl(url, key, "newUserForPartner", {**_WHERE, "user_category_id": CATEGORY, **_GUEST}),
        ),
        DemoCall(
            "Apply an interaction. The NFT gains 5 XP.",
            _curl(url, key, "newActionForUser", {**_WHERE, "action_id": ACTION, "guest": {"uid": "ada"}}),
        ),
        DemoCall(
            "Mint the NFT to a wallet, on the chain of this run.",
            _curl(url, key, "mintTokenForUser", {**_WHERE, **_GUEST, "user_addr": _WALLET}),
        ),
    ]


def _curl(url: str, key: str, route: str, body: dict[str, Any]) -> str:
    return (
        f"curl -sS {url}/api/v1/{route} \\\n"
        f"  -H 'Authorization: Bearer {key}' \\\n"
        f"  -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(body)}'"
    )
