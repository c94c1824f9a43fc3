"""The calls of Dreamspace whose cost is promised, each in its most expensive success."""

from functools import partial

from tests.budgets.calls import Budget, Call
from tests.dreamspace.world import document, event, new_dream, stamp
from tests.platform import Platform

_PAGE = 40


class WarmDream:
    """A partner's Dreamspace in the middle of its day: 41 events, each with a user and a document of its own."""

    def __init__(self, platform: Platform) -> None:
        self.dream = dream = new_dream(platform)
        for number in range(_PAGE + 1):
            made = dream.event(user={"twitch_id": f"w{number}", "name": "w"}, document=document(stamps=[stamp()]))
            dream.post("/transactions", {"user_id": made["user_id"], "amount": 1, "description": "x"})
            dream.post("/specimens", {"owner_id": made["user_id"]})
        self.event_id = made["event_id"]
        self.user_id = made["user_id"]
        self.document_id = made["document_id"]
        self.stamp_id = made["document"]["stamps"][0]["stamp_id"]

    def calls(self) -> dict[str, tuple[Budget, Call]]:
        """Every call by its name, with its budget. Each may be made once."""
        call = self.dream.call
        user, target = f"/users/{self.user_id}", f"/documents/{self.document_id}"
        money = {"user_id": self.user_id, "amount": 1, "description": "x"}
        stamps = [stamp() for _ in range(5)]
        whole = event(user={"twitch_id": "new", "name": "n"}, document=document(stamps=stamps))
        known = event(user={"twitch_id": "w1", "name": "changed"}, document=document(stamps=stamps))
        by_id = event(user_id=self.user_id, document_id=self.document_id)
        gets = {
            "GET /users/{id}, with specimen and wallet": (Budget(1, 1), user),
            "GET /users/{id}/wallet": (Budget(1, 1), f"{user}/wallet"),
            "GET /events/{id}, with document, stamps, user": (Budget(2, 3), f"/events/{self.event_id}"),
            "GET /documents/{id}, with its stamps": (Budget(1, 1), target),
            "GET /stamps/{id}": (Budget(2, 2), f"/stamps/{self.stamp_id}"),
            "GET /transactions/{id}": (Budget(2, 2), "/transactions/1"),
            "GET /specimens/{id}": (Budget(2, 2), "/specimens/1"),
        }
        pages = {
            "/users": "/users?",
            "/users?twitch_id": "/users?twitch_id=w3&",
            "/events": "/events?",
            "/events?event_type": "/events?event_type=plain&",
            "/events?document_seal": "/events?document_seal=1&",
            "/events?occurred_after": "/events?occurred_after=2020-01-01&",
            "/users/{id}/events": f"{user}/events?",
            "/transactions": "/transactions?",
            "/specimens?forgotten": "/specimens?forgotten=false&",
            "/documents": "/documents?",
            "/documents?stamp_type": "/documents?stamp_type=approve&",
            "/stamps": "/stamps?",
            "/documents/{id}/stamps": f"{target}/stamps?",
        }
        return {
            "POST /events, user and document inline, both new": (
                Budget(3, 3, 100),
                partial(call, "POST", "/events", whole),
            ),
            "POST /events, user and document inline, user known": (
                Budget(3, 3, 100),
                partial(call, "POST", "/events", known),
            ),
            "POST /events, user and document by id": (Budget(2, 2, 6), partial(call, "POST", "/events", by_id)),
            "PATCH /events/{id}, its message": (
                Budget(3, 3, 2),
                partial(call, "PATCH", f"/events/{self.event_id}", {"message": "other"}),
            ),
            "POST /users, twitch_id known": (
                Budget(3, 3, 2),
                partial(call, "POST", "/users", {"twitch_id": "w2", "name": "new"}),
            ),
            "POST /transactions": (Budget(2, 2, 6), partial(call, "POST", "/transactions", money)),
            "POST /stamps": (Budget(2, 2, 2), partial(call, "POST", f"{target}/stamps", stamp())),
            **{name: (budget, partial(call, "GET", path)) for name, (budget, path) in gets.items()},
            **{
                f"GET {name}, a page of {_PAGE}": (Budget(2, 2), partial(call, "GET", f"{path}limit={_PAGE}"))
                for name, path in pages.items()
            },
        }
