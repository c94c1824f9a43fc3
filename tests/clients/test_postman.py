"""The Postman collection by newman, Postman's own runner."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.clients.conftest import done, npm_program, whole
from tests.platform import Platform


@whole
def test_newman_sends_every_request_of_the_collection(
    platform: Platform, run: Mapping[str, str], tmp_path: Path
) -> None:
    collection = platform.client.http.get("/postman.json").body
    (tmp_path / "collection.json").write_bytes(collection)
    variables = {"base_url": run["API"], "api_key": run["KEY"], "access_token": run["TOKEN"]}
    given = [part for name, value in variables.items() for part in ("--env-var", f"{name}={value}")]
    report = ("--reporters", "json", "--reporter-json-export", "report.json", "--timeout-request", "60000")
    done(npm_program("newman"), "run", "collection.json", *given, *report, "--suppress-exit-code", folder=tmp_path)
    executions = json.loads((tmp_path / "report.json").read_text())["run"]["executions"]
    wanted = sum(len(folder["item"]) for folder in json.loads(collection)["item"])
    assert len(executions) == wanted
    assert [each["item"]["name"] for each in executions if "requestError" in each] == []
    statuses = {each["item"]["name"]: each["response"]["code"] for each in executions}
    assert [name for name, status in statuses.items() if status >= 500 or status == 405] == []
    assert statuses["Shows the account of the token"] == 200
