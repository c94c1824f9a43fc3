"""Spacegarden on AWS Chalice: this file only wires features to routes, queues and schedules."""

import os
from typing import Any

from chalice.app import CloudWatchEvent, Rate, SQSEvent

# The one line by which a developer's machine differs: engine, chain and pump start around the app, never on AWS.
IS_LOCAL = os.environ.get("SPACEGARDEN_STAGE", "dev") == "dev" and "AWS_LAMBDA_FUNCTION_NAME" not in os.environ
if IS_LOCAL:
    from local import attach

    attach.before_app()

import chalicelib.chain.routes as chain_routes
import chalicelib.chain.tasks as chain_tasks
import chalicelib.gardenlab.routes.admin as gardenlab_admin
import chalicelib.gardenlab.routes.partners_api as gardenlab
import chalicelib.operations.routes as operations
import chalicelib.operations.tasks as operations_tasks
import chalicelib.partners.routes as partners
import chalicelib.webhooks.routes as webhooks
import chalicelib.webhooks.tasks as webhook_tasks
from chalicelib.chain.queues import JOBS
from chalicelib.core import logging
from chalicelib.core.http import health
from chalicelib.core.http.application import Application
from chalicelib.gardenlab.service.outcomes import GardenlabTokens
from chalicelib.webhooks.queues import FAST, SLOW

logging.configure()
app = Application("spacegarden", surfaces=(gardenlab.surface, partners.surface, webhooks.surface))
for feature in (health, partners, gardenlab_admin, chain_routes, gardenlab, webhooks, operations):
    app.register_blueprint(feature.routes)

tokens = GardenlabTokens()


@app.on_sqs_message(queue=FAST.full_name, batch_size=10)
def deliver_webhooks(event: SQSEvent) -> dict[str, Any]:
    """First tries of webhooks to healthy endpoints."""
    return webhook_tasks.deliver(event.to_dict())


@app.on_sqs_message(queue=SLOW.full_name, batch_size=10)
def deliver_slow_webhooks(event: SQSEvent) -> dict[str, Any]:
    """Retries, and endpoints in trouble."""
    return webhook_tasks.deliver(event.to_dict())


@app.on_sqs_message(queue=JOBS.full_name, batch_size=10)
def work_chain_jobs(event: SQSEvent) -> dict[str, Any]:
    """Mints and URI updates; one chain's jobs in order."""
    return chain_tasks.work(event.to_dict(), tokens)


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep_webhooks(event: CloudWatchEvent) -> int:
    """Finds deliveries that are due."""
    return webhook_tasks.sweep()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep_chain(event: CloudWatchEvent) -> int:
    """Finds chain jobs and transactions that are due."""
    return chain_tasks.sweep()


@app.schedule(Rate(5, unit=Rate.MINUTES))
def watch_chains(event: CloudWatchEvent) -> None:
    """Looks at the signers' balances, and for chains that forgot what was sent."""
    chain_tasks.watch()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def measure_queues(event: CloudWatchEvent) -> None:
    """Writes the queues' depths and ages as metrics."""
    operations_tasks.measure()


if IS_LOCAL:
    attach.after_app(app)
