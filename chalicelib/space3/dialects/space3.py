"""Space3: GET; `{"success": bool}`, or for accumulative missions an array of times and counts."""

from pydantic import BaseModel, Field

from chalicelib.space3.domain.answers import Reading, boolean, object_of, progress_of
from chalicelib.space3.domain.asking import Call, Dialect, Question, Verdict, get


class Simple(BaseModel):
    """Space3: whether a simple mission is done."""

    success: bool = Field(description="Whether the mission is done.")


class Entry(BaseModel):
    """Space3: one entry of an accumulative mission."""

    timestamp: str = Field(description="The time of the entry, UTC.")
    completedTimes: int = Field(description="How often it was done, by the mission's `counting`.")


class Space3Dialect(Dialect):
    """The protocol's own dialect."""

    title = "Space3"
    answers = Simple | list[Entry]
    counts = True

    def prepare(self, question: Question) -> Call:
        """A GET of the template."""
        return get(question)

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """By the mission's kind."""
        del status
        if question.kind == "simple":
            return boolean(object_of(body).get("success"), "success")
        return progress_of(body, window=question.window, counting=question.counting, target=question.target)

    def answer(self, is_done: bool) -> Verdict:
        """One field and no other."""
        return Verdict(200, {"success": is_done})


DIALECT = Space3Dialect()
