"""Space3: GET; `{"success": bool}`, or for accumulative missions an array of times and counts."""

from pydantic import BaseModel, Field

from chalicelib.space3.domain.answers import Reading, boolean, object_of, progress_of
from chalicelib.space3.domain.asking import Call, Question, get
from chalicelib.space3.domain.dialect import SECRET_HINT, Dialect, Setting, Tally, Verdict


class Simple(BaseModel):
    """Space3: whether a simple mission is done."""

    success: bool = Field(description="Whether the mission is done.")


class Entry(BaseModel):
    """Space3: one entry of an accumulative mission."""

    timestamp: str = Field(description="The time of the entry, UTC.")
    completedTimes: int = Field(description="How often it was done, by the mission's `counting`.")


class Space3Dialect(Dialect):
    """The protocol's own dialect. Its calls always have the window."""

    title = "Space3"
    answers = Simple | list[Entry]
    counts = True
    address_field = "URL pattern"
    secret_setting = Setting("API key (x-api-key)", SECRET_HINT)

    def prepare(self, question: Question) -> Call:
        """A GET of the template with the window."""
        return get(question._replace(sends_window=True))

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """By the mission's kind."""
        del status
        if question.kind == "simple":
            return boolean(object_of(body).get("success"), "success")
        return progress_of(body, window=question.window, counting=question.counting, target=question.target)

    def answer(self, tally: Tally) -> Verdict:
        """One field and no other."""
        return Verdict(200, {"success": tally.is_done})

    def settings(self, address: str, *, has_secret: bool) -> list[Setting]:
        """The pattern with placeholders, which the platform fills."""
        origin, _, mission = address.rpartition("/")
        pattern = f"{origin}/<Email>/{mission.rpartition(':')[2]}?wallet=<wallet>"
        return super().settings(pattern, has_secret=has_secret)


DIALECT = Space3Dialect()
