"""The stage that these checks run in, and a partner whom its operator set up by the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from stage.checks.local_run import local_run_at
from stage.checks.receivers import Receiver
from stage.checks.waiting import PATIENCE_SECONDS, eventually
from stage.emulator.process import owner_session
from stage.world import description

FOLDER = os.environ.get("STAGE_FOLDER")
# Outside of a stage's network there is nothing to check.
collect_ignore_glob = [] if FOLDER else ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """Registers the mark of the checks that the short form leaves out."""
    config.addinivalue_line("markers", "long: takes its time, so that the short form leaves it out")


class Partner(NamedTuple):
    """A partner of the stage and its API key."""

    origin: str
    key: str

    @property
    def header(self) -> dict[str, str]:
        """Its credential."""
        return {"Authorization": f"Bearer {self.key}"}


class Site:
    """The platform at an address, as its operator and its partners see it."""

    def __init__(self, address: str, admin_key: str) -> None:
        self.address, self.admin_key = address, admin_key
        self.http = requests.Session()

    def command(self, *arguments: str, key: str = "") -> Any:
        """What `spacegarden --json …` prints; `key` is a partner's, for what a partner does."""
        environment = {
            **os.environ,
            "SPACEGARDEN_URL": self.address,
            "SPACEGARDEN_ADMIN_KEY": self.admin_key,
            "SPACEGARDEN_KEY": key,
            "PYTHONPATH": "",
        }
        command = [sys.executable, "-m", "cli", *arguments, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> requests.Response:
        """A request; `body` is sent as JSON."""
        given = {"json": body, **more} if body is not None else more
        return self.http.request(
            method, f"{self.address}{path}", headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False, **given
        )


class DeployedStage(Site):
    """The stage, whose account can be looked into."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.about = folder, description(folder)
        self.session = owner_session(self.about.emulator)
        secrets = self.session.create_client("secretsmanager")
        key = secrets.get_secret_value(SecretId=self.about.outputs["AdminKeySecret"])["SecretString"]
        super().__init__(self.about.address, str(key))

    def letters(self) -> list[dict[str, Any]]:
        """Every letter that was sent, oldest first."""
        accounts = requests.get(f"{self.about.emulator}/_ministack/ses/messages", timeout=10).json()["messages"]
        return [letter for letters in accounts.values() for letter in letters]

    def output(self) -> dict[str, str]:
        """What each function has printed, by its name."""
        return {log.stem: log.read_text() for log in self.folder.glob("logs/*.log")}

    def refusals(self) -> list[str]:
        """Each call that a function's role did not allow."""
        lines = Path(self.about.refusals).read_text().splitlines()
        return [f"{each['principal']}: {each['action']} on {each['resource']}" for each in map(json.loads, lines)]


@pytest.fixture(scope="session")
def stage() -> DeployedStage:
    """The stage, once its API has answered: a first start may take longer than a client waits."""
    assert FOLDER is not None
    made = DeployedStage(Path(FOLDER))
    eventually(lambda: made.call("GET", "/health").status_code, lambda status: status == 200)
    return made


@pytest.fixture(scope="session")
def local_run(stage: DeployedStage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A local run in the stage's network, with the stage's admin key."""
    with local_run_at(tmp_path_factory.mktemp("local") / "run.log", admin_key=stage.admin_key) as address:
        yield Site(address, stage.admin_key)


@pytest.fixture(scope="session")
def partner(stage: DeployedStage) -> Partner:
    """A partner with a key of all scopes, a collection that the stage's signer deployed, and a category."""
    stage.command("partner", "create", "acme", "--name", "Acme Rockets")
    key = stage.command("key", "create", "acme", "--name", "production")["key"]
    stage.command("collection", "deploy", "acme", "launch_day", "--name", "Launch Day", "--symbol", "LAUNCH")
    stage.command("category", "create", "acme", "launch_day", "CREW", "--name", "Crew member")
    return Partner("acme", key)


@pytest.fixture
def receiver(stage: DeployedStage) -> Iterator[Receiver]:
    """A partner's https receiver, on port 443 of a public address."""
    name, host = next(iter(stage.about.hosts.items()))
    with Receiver(name, host) as made:
        yield made
