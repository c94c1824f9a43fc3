"""TaskOn: GET `?address=` in lower case, which is any identifier; `{"result": {"isValid": bool}}`.

A performance-based task wants points: `{"result": {"point": int}}`. An accumulative mission has both.
"""

from typing import ClassVar

from pydantic import BaseModel, Field

from chalicelib.space3.domain.answers import Reading, boolean, result_in, whole_number
from chalicelib.space3.domain.asked import as_anything
from chalicelib.space3.domain.asking import Call, Question, get_by_address
from chalicelib.space3.domain.dialect import SECRET_HINT, FlagDialect, Setting, Tally, Verdict


class TaskonResult(BaseModel):
    """The result."""

    isValid: bool = Field(description="Whether the mission is done.")


class TaskonPoints(TaskonResult):
    """The result of an accumulative mission."""

    point: int = Field(description="How often it was done.")


class Taskon(BaseModel):
    """TaskOn's answer."""

    result: TaskonPoints | TaskonResult = Field(description="The answer.")


class TaskonDialect(FlagDialect):
    """TaskOn's API task, completion-based and performance-based. Its Bearer token is the mission's secret."""

    title = "TaskOn"
    source = "https://github.com/Taskon-xyz/taskon-verification-demo"
    answers = Taskon
    outer, inner = "result", "isValid"
    counts = True
    secret_setting = Setting("Bearer Token", SECRET_HINT)
    identifiers: ClassVar = {"address": as_anything}

    def prepare(self, question: Question) -> Call:
        """A GET with the wallet in lower case, whatever the mission says."""
        return get_by_address(question.with_lower_wallet())

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """The boolean; of an accumulative mission, the points."""
        if question.kind == "simple":
            return super().read(question, status, body)
        result = result_in(body, self.outer)
        if self.inner in result:
            boolean(result[self.inner], f"{self.outer}.{self.inner}")
        points = whole_number(result.get("point"), f"{self.outer}.point")
        return Reading(points >= question.target, points)

    def answer(self, tally: Tally) -> Verdict:
        """Always 200."""
        points = {"point": tally.acts} if tally.is_accumulative else {}
        return Verdict(200, {self.outer: {self.inner: tally.is_done, **points}})


DIALECT = TaskonDialect()
