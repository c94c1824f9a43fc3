"""TaskOn: GET `?address=` in lower case; `{"result": {"isValid": bool}}`."""

from typing import Literal

from chalicelib.space3.dialects.asking import Call, Question, Verdict, get_by_address, require_ok
from chalicelib.space3.domain.answers import BadResponse, Reading, boolean, object_of


class TaskOn:
    """TaskOn's API task."""

    asks_by: Literal["GET", "POST"] = "GET"

    def prepare(self, question: Question) -> Call:
        """A GET with the wallet in lower case, whatever the mission says."""
        wallet = question.identities.get("wallet")
        lowered = wallet.lower() if wallet else None
        return get_by_address(question._replace(identities={**question.identities, "wallet": lowered}))

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """The boolean at result.isValid."""
        del question
        require_ok(status)
        result = object_of(body).get("result")
        if not isinstance(result, dict):
            raise BadResponse("result is not an object.")
        return boolean(result.get("isValid"), "result.isValid")

    def answer(self, is_done: bool) -> Verdict:
        """Always 200."""
        return Verdict(200, {"result": {"isValid": is_done}})
