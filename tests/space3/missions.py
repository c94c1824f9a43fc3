"""A partner's missions as tests drive them, from both sides."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, email_identity
from chalicelib.core.transactions import Transaction
from tests.platform import Answer, Partner

CHECKIN = "gardenlab:summer_party:checkin"
WALLET = "0x082FDe0469dB49B39a95276c894bB8f386BF3dDD"
OTHER_WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ZEALY = {"community_id": "c1", "subdomain": "club", "quest_id": "q1"}
_numbers = count(1)


def at(text: str) -> datetime:
    """A time in UTC, such as 2023-12-04T07:09:03.186."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Missions:
    """The missions of one partner."""

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        self.platform = partner.platform
        self.origin = partner.origin

    def admin(self, method: str, path: str = "", body: Any = None, **query: Any) -> Answer:
        """A call below the partner's missions on the admin surface."""
        return self.platform.admin(method, f"/{self.origin}/missions{path}", body, query or None)

    def answer_for(self, **fields: Any) -> int:
        """Sets up a mission; gives its number."""
        number = int(fields.pop("mission", None) or next(_numbers))
        created = self.admin("POST", body={"mission": number, "kind": "simple", "activity": CHECKIN, **fields})
        assert created.status == 200, created
        return number

    def ask(self, path: str, *, headers: Any = None, **query: Any) -> Answer:
        """GET /missions/{origin}/{path}, as a mission system asks."""
        return self.platform.call("GET", f"/missions/{self.origin}/{path}", query=query or None, headers=headers)

    def link(self, first: tuple[str, str], second: tuple[str, str]) -> Answer:
        """Says that two identities are one person's."""
        ends = {
            "a": {"kind": first[0], "value": first[1]},
            "b": {"kind": second[0], "value": second[1]},
        }
        return self.platform.admin("POST", f"/{self.origin}/links", ends)

    def act(self, email: str, *times: str, activity_name: str = CHECKIN) -> None:
        """Puts acts of these times into the ledger."""
        for time in times:
            self.record(email_identity(email), at(time), activity_name=activity_name)

    def record(self, identity: Identity, time: datetime, *, activity_name: str = CHECKIN) -> str:
        """Puts an act into the ledger; gives its source."""
        source = f"test/{next(_numbers)}"
        transaction = Transaction()
        activity.record_act(transaction, self.origin, identity=identity, activity=activity_name, at=time, source=source)
        transaction.commit()
        return source

    def claim(self, email: str, wallet: str) -> None:
        """Writes what a final mint says of an e-mail and a wallet."""
        transaction = Transaction()
        activity.link(transaction, self.origin, email_identity(email), Identity("wallet", wallet.lower()))
        transaction.commit()

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        """A call to the mission system with the partner's key."""
        return self.platform.call(method, f"/space3{path}", key=self.partner.key, body=body, query=query or None)

    def user(self, **fields: Any) -> str:
        """Creates a user; gives the uid."""
        answer = self.call("POST", "/users", fields)
        assert answer.status == 200, answer
        return str(answer.json["uid"])

    def mission(self, url_template: str, **fields: Any) -> str:
        """Creates a mission; gives its id."""
        return str(self.created(url_template, **fields)["id"])

    def created(self, url_template: str, **fields: Any) -> dict[str, Any]:
        """Creates a mission; gives the whole answer."""
        body = {"name": "Check in", "kind": "simple", "url_template": url_template, **fields}
        answer = self.call("POST", "/missions", body)
        assert answer.status == 200, answer
        return dict(answer.json)

    def verify(self, mission_id: str, uid: str) -> dict[str, Any]:
        """Verifies a user."""
        answer = self.call("POST", f"/missions/{mission_id}/verify", {"uid": uid})
        assert answer.status == 200, answer
        return dict(answer.json)

    def evidence(self, verdict: Mapping[str, Any]) -> dict[str, Any]:
        """The evidence of a verdict."""
        answer = self.call("GET", f"/evidence/{verdict['evidence_id']}")
        assert answer.status == 200, answer
        return dict(answer.json)
