"""What a deployed stage answers differently from a local run: the rows of the guide's table, as data.

The comparison of both undoes each difference by the row that describes it. It fails if a difference is left, or if no
request has shown a row. The table in `docs/operations.md` is made from the same rows.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from stage.checks.answers import Answer, Asked

_REMAPPED = "x-amzn-remapped-"
# Takes a request, the local answer and the stage's; gives the stage's without the difference, if there is one.
TakeBack = Callable[[Asked, Answer, Answer], Answer]


class Difference(NamedTuple):
    """A row: which requests, what a stage answers, what a local run does; Markdown. `take_back` is the rule."""

    request: str
    stage: str
    local: str
    take_back: TakeBack


def _own_answer(*statuses: int, local: int | None = None) -> TakeBack:
    """The gateway's own answer with one of `statuses`, in place of a local one with the status `local` (None: any)."""

    def take_back(_: Asked, here: Answer, there: Answer) -> Answer:
        is_own = (
            there.status in statuses and there.body.startswith('{"message":') and "x-request-id" not in there.headers
        )
        return here if is_own and local in (None, here.status) else there

    return take_back


def _renamed(_: Asked, __: Answer, there: Answer) -> Answer:
    headers = {name.removeprefix(_REMAPPED): value for name, value in there.headers.items()}
    return there._replace(headers=headers)


def _added(*names: str) -> TakeBack:
    return lambda _, __, there: there.without(*names)


def _no_local_chain(asked: Asked, here: Answer, there: Answer) -> Answer:
    return here if asked.path == "/admin/chain/rpc" and (here.status, there.status) == (200, 404) else there


DIFFERENCES: Final[Sequence[Difference]] = (
    Difference(
        "a body above 10 MB, or one whose event is above the 6 MB of a function",
        '413 `{"message", "error"}`; from the surface\'s limit on the surface\'s form',
        "the surface's form",
        _own_answer(413, local=413),
    ),
    Difference(
        "more requests than the stage's throttle admits", '429 `{"message", "error"}`', "none", _own_answer(429)
    ),
    Difference("a function that ends without an answer", '502 `{"message", "error"}`', "502", _own_answer(502)),
    Difference("a function that takes more than 29 s", '504 `{"message", "error"}`', "its answer", _own_answer(504)),
    Difference(
        "a refusal with `WWW-Authenticate` (every surface but Dreamspace)",
        "the header is called `x-amzn-Remapped-WWW-Authenticate`",
        "`WWW-Authenticate`",
        _renamed,
    ),
    Difference("any", "has `x-amzn-RequestId` beside `X-Request-Id`", "`X-Request-Id`", _added("x-amzn-requestid")),
    Difference(
        "any", "has `Strict-Transport-Security` where it is for browsers", "none", _added("strict-transport-security")
    ),
    Difference(
        "one that accepts gzip", "bodies of a kilobyte and more are compressed", "never", _added("content-encoding")
    ),
    Difference("`GET /admin/chain/rpc`", "404: there is no local chain", "the local chain's address", _no_local_chain),
)


def unexplained(asked: Asked, here: Answer, there: Answer, shown: set[Difference]) -> str | None:
    """The difference that no row explains, in words, or None. Rows that explain something join `shown`."""
    rest = there
    for row in DIFFERENCES:
        before, rest = rest, row.take_back(asked, here, rest)
        if rest != before:
            shown.add(row)
    return None if rest == here else f"{asked}\n  local {here}\n  stage {there}"


def table() -> str:
    """The table of the guide."""
    rows = [f"| {row.request} | {row.stage} | {row.local} |" for row in DIFFERENCES]
    return "\n".join(["| request | answer | a local run |", "| --- | --- | --- |", *rows])
