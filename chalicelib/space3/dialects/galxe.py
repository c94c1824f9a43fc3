"""Galxe: GET with the address where the template has it; 1 or 0, as the answer itself or at `result_path` in it."""

from typing import Any, ClassVar

from chalicelib.core.numbers import read_whole
from chalicelib.space3.domain.answers import BadResponse, Reading, json_of, yes_or_no
from chalicelib.space3.domain.asking import Dialect, Question, Verdict


class GalxeDialect(Dialect):
    """Galxe's REST credential."""

    title = "Galxe"
    answers = int
    aliases: ClassVar = {"$address": "wallet"}

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """1 or true, 0 or false."""
        del status
        value = _at(json_of(body), question.result_path)
        if isinstance(value, bool):
            return yes_or_no(value)
        if isinstance(value, int) and value in (0, 1):
            return yes_or_no(value == 1)
        raise BadResponse("The result is neither 1 nor 0.")

    def answer(self, is_done: bool) -> Verdict:
        """The number alone."""
        return Verdict(200, int(is_done))


def _at(value: Any, path: str | None) -> Any:
    """What lies at a dotted path; a number in it is a place in an array."""
    for name in path.split(".") if path else ():
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and (place := read_whole(name, least=0, most=len(value) - 1)) is not None:
            value = value[place]
        else:
            raise BadResponse(f"The answer has nothing at {path}.")
    return value


DIALECT = GalxeDialect()
