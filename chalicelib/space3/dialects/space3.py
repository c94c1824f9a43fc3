"""Space3: GET; `{"success": bool}`, or for accumulative missions an array of times and counts."""

from typing import Literal

from chalicelib.space3.dialects.asking import Call, Question, Verdict, get, require_ok
from chalicelib.space3.domain.answers import Reading, boolean, object_of, progress_of


class Space3:
    """The protocol's own dialect."""

    asks_by: Literal["GET", "POST"] = "GET"

    def prepare(self, question: Question) -> Call:
        """A GET of the template."""
        return get(question)

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """By the mission's kind."""
        require_ok(status)
        if question.kind == "simple":
            return boolean(object_of(body).get("success"), "success")
        return progress_of(body, window=question.window, counting=question.counting, target=question.target)

    def answer(self, is_done: bool) -> Verdict:
        """One field and no other."""
        return Verdict(200, {"success": is_done})
