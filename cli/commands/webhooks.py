"""`spacegarden webhooks`: a partner's endpoints, deliveries and events, with the partner's own key."""

import click

from cli.commands.webhook_deliveries import deliveries
from cli.commands.webhook_endpoints import endpoints
from cli.commands.webhook_events import events
from cli.session import PartnerGroup


@click.group(cls=PartnerGroup)
def webhooks() -> None:
    """Manage webhook endpoints, and follow deliveries."""


for _group in (endpoints, deliveries, events):
    webhooks.add_command(_group)
