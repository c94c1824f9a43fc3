"""moto as it comes, in a process of its own: `python -m tests.local.plain_moto` answers a call a line."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

Call = tuple[str, dict[str, Any]]


def outcome(client: Any, call: Call) -> Any:
    """What a call comes to, as JSON has it: its answer, or the code and words of its error."""
    operation, parameters = call
    try:
        answer = client._make_api_call(operation, parameters)
    except ClientError as error:
        answer = {key: value for key, value in error.response.items() if key != "ResponseMetadata"}
    answer.pop("ResponseMetadata", None)
    return _compared(answer)


def _compared(value: Any) -> Any:
    """The same, with sets in order, since DynamoDB promises none."""
    match value:
        case {"SS": [*members]} | {"NS": [*members]} | {"BS": [*members]}:
            return {"a set": sorted(str(_compared(each)) for each in members)}
        case dict():
            return {name: _compared(each) for name, each in value.items()}
        case list():
            return [_compared(each) for each in value]
        case bytes():
            return f"bytes {b64encode(value).decode()}"
    return value


class Plain:
    """The process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def outcome(self, call: Call) -> Any:
        """What the call comes to there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(repr(call) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def plain_moto() -> Iterator[Plain]:
    """Runs it."""
    variables = {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    command = [sys.executable, "-m", "tests.local.plain_moto"]
    with subprocess.Popen(
        command, env={**os.environ, **variables}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Plain(process)
        finally:
            process.kill()


def main() -> None:
    """Answers until its input ends."""
    from ast import literal_eval

    import botocore.session
    import moto

    with moto.mock_aws():
        client = botocore.session.get_session().create_client("dynamodb")
        for line in sys.stdin:
            operation, parameters = literal_eval(line)
            print(json.dumps(outcome(client, (operation, parameters)), default=str), flush=True)


if __name__ == "__main__":
    main()
