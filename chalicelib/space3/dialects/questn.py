"""QuestN: GET `?address=`; `{"data": {"result": bool}}`."""

from pydantic import BaseModel, Field

from chalicelib.space3.domain.answers import BadResponse, Reading, boolean, object_of
from chalicelib.space3.domain.asking import Dialect, Question, Verdict


class QuestnResult(BaseModel):
    """The result."""

    result: bool = Field(description="The answer.")


class Questn(BaseModel):
    """QuestN's answer."""

    data: QuestnResult = Field(description="The answer.")


class QuestnDialect(Dialect):
    """QuestN's API quest."""

    title = "QuestN"
    answers = Questn

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """The boolean at data.result."""
        del question, status
        data = object_of(body).get("data")
        if not isinstance(data, dict):
            raise BadResponse("data is not an object.")
        return boolean(data.get("result"), "data.result")

    def answer(self, is_done: bool) -> Verdict:
        """Always 200."""
        return Verdict(200, {"data": {"result": is_done}})


DIALECT = QuestnDialect()
