"""QuestN: GET `?address=`; `{"data": {"result": bool}}`."""

from typing import Literal

from chalicelib.space3.dialects.asking import Call, Question, Verdict, get_by_address, require_ok
from chalicelib.space3.domain.answers import BadResponse, Reading, boolean, object_of


class QuestN:
    """QuestN's API quest."""

    asks_by: Literal["GET", "POST"] = "GET"

    def prepare(self, question: Question) -> Call:
        """A GET with the wallet."""
        return get_by_address(question)

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """The boolean at data.result."""
        del question
        require_ok(status)
        data = object_of(body).get("data")
        if not isinstance(data, dict):
            raise BadResponse("data is not an object.")
        return boolean(data.get("result"), "data.result")

    def answer(self, is_done: bool) -> Verdict:
        """Always 200."""
        return Verdict(200, {"data": {"result": is_done}})
