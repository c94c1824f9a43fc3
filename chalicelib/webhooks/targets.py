"""The type of a field that holds an address for webhooks."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _allowed(url: str) -> str:
    # The guard of outgoing calls loads with the first endpoint that is made.
    from chalicelib.core.egress.shared import egress_policy
    from chalicelib.core.egress.url import parse_target

    parse_target(url, egress_policy())
    return url


Url = Annotated[str, StringConstraints(min_length=1, max_length=2048), AfterValidator(_allowed)]
