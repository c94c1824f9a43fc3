"""The limits of a function's process, as Lambda has them: one for its start, one for an answer."""

from pathlib import Path

import pytest

from infra import lambda_runtime
from infra.lambda_runtime import Function, FunctionFailed

_SLOW = "import time\ntime.sleep({start})\ndef handler(event, context):\n    time.sleep({answer})\n    return event\n"
_LONG = 600


@pytest.fixture(autouse=True)
def _client() -> None:
    """Lambda's runtime client, which `make package-tools` installs."""
    lambda_runtime.install_client()


def _written(folder: Path, *, start: int = 0, answer: int = 0) -> Path:
    (folder / "slow.py").write_text(_SLOW.format(start=start, answer=answer))
    return folder


def test_a_start_is_ended_by_its_own_limit(tmp_path: Path) -> None:
    with pytest.raises(FunctionFailed, match="no answer"):
        Function(_written(tmp_path, start=_LONG), "slow.handler", {}, start_seconds=0.5)


def test_an_answer_is_ended_by_its_own_limit(tmp_path: Path) -> None:
    slow = _written(tmp_path, answer=_LONG)
    with (
        Function(slow, "slow.handler", {}, patience_seconds=0.5) as late,
        pytest.raises(FunctionFailed, match="answer"),
    ):
        late.invoke({})


def test_within_them_it_answers(tmp_path: Path) -> None:
    with Function(_written(tmp_path), "slow.handler", {}) as function:
        assert function.invoke({"a": 1}) == {"a": 1}
