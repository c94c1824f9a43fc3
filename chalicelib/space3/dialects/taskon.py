"""TaskOn: GET `?address=` in lower case; `{"result": {"isValid": bool}}`."""

from pydantic import BaseModel, Field

from chalicelib.space3.domain.answers import BadResponse, Reading, boolean, object_of
from chalicelib.space3.domain.asking import Call, Dialect, Question, Verdict, get_by_address


class TaskonResult(BaseModel):
    """The result."""

    isValid: bool = Field(description="Whether the mission is done.")


class Taskon(BaseModel):
    """TaskOn's answer."""

    result: TaskonResult = Field(description="The answer.")


class TaskonDialect(Dialect):
    """TaskOn's API task."""

    title = "TaskOn"
    answers = Taskon

    def prepare(self, question: Question) -> Call:
        """A GET with the wallet in lower case, whatever the mission says."""
        wallet = question.identities.get("wallet")
        lowered = wallet.lower() if wallet else None
        return get_by_address(question._replace(identities={**question.identities, "wallet": lowered}))

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """The boolean at result.isValid."""
        del question, status
        result = object_of(body).get("result")
        if not isinstance(result, dict):
            raise BadResponse("result is not an object.")
        return boolean(result.get("isValid"), "result.isValid")

    def answer(self, is_done: bool) -> Verdict:
        """Always 200."""
        return Verdict(200, {"result": {"isValid": is_done}})


DIALECT = TaskonDialect()
