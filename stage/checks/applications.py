"""Applications of a partner of the stage, as third-party clients use them."""

from collections.abc import Sequence

from stage.checks.conftest import DeployedStage
from tests.outside.oauth import CALLBACK, Client

_SCOPES = ("read_only", "read_write", "missions")


def registered(
    stage: DeployedStage, origin: str, *, redirect_uris: Sequence[str] = (CALLBACK,), public: bool = False
) -> Client:
    """A new application of a partner, with every scope."""
    options = [option for uri in redirect_uris for option in ("--redirect-uri", uri)]
    options += [option for scope in _SCOPES for option in ("--scope", scope)]
    if public:
        options.append("--public")
    made = stage.command("oauth-client", "create", origin, "--name", "The Shop", *options)
    return Client(origin, made["client_id"], made["client_secret"])
