"""The command line as a user types it, in this process."""

import json
from typing import Any

from click.testing import CliRunner, Result

from chalicelib.core.settings import settings
from cli.main import root

_NO_PROXIES = dict.fromkeys(name for each in ("http_proxy", "https_proxy", "no_proxy") for name in (each, each.upper()))


class Shell:
    """Runs commands with the environment pointing at `url`."""

    def __init__(self, url: str, *, key: str | None = None) -> None:
        self.url = url
        self._key = key

    def with_key(self, key: str) -> "Shell":
        """The same with a partner's API key."""
        return Shell(self.url, key=key)

    def run(self, *arguments: str, typed: str = "", **environment: str | None) -> Result:
        """What a command did; exceptions other than an exit are the test's failure."""
        keys = {"SPACEGARDEN_ADMIN_KEY": settings().admin_key, "SPACEGARDEN_KEY": self._key}
        given = {"SPACEGARDEN_URL": self.url, **keys, **environment}
        runner = CliRunner(env={**_NO_PROXIES, **given}, catch_exceptions=False)
        return runner.invoke(root, arguments, input=typed, prog_name="spacegarden")

    def say(self, *arguments: str) -> str:
        """What a command that succeeds prints."""
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> Any:
        """What a command that succeeds prints with `--json`."""
        return json.loads(self.say(*arguments, "--json"))


def fields_of(printed: str) -> dict[str, str]:
    """The fields that a command printed, an indented line each."""
    lines = [line.strip().partition(" ") for line in printed.splitlines() if line.startswith("  ")]
    return {name: value.strip() for name, _, value in lines}
