"""Spacegarden on AWS Chalice: this file only wires features to routes, queues and schedules."""

import gc
import os
from typing import Any

gc.disable()  # nothing of what is loaded here is garbage; looking for some takes a twentieth of a cold start

from chalice.app import CloudWatchEvent, Rate, SQSEvent

# Lambda tells by it which function this process is.
HANDLER = os.environ.get("_HANDLER")
# The one line by which a developer's machine differs: engine, chain and pump start around the app, never on AWS.
IS_LOCAL = os.environ.get("SPACEGARDEN_STAGE", "dev") == "dev" and HANDLER is None
if IS_LOCAL:
    from local import attach

    attach.before_app()

import chalicelib.activity.tasks as reward_tasks
import chalicelib.chain.tasks as chain_tasks
import chalicelib.dreamspace.tasks as dreamspace_tasks
import chalicelib.operations.tasks as operations_tasks
import chalicelib.space3.tasks as space3_tasks
import chalicelib.webhooks.tasks as webhook_tasks
from chalicelib.activity.queues import REWARDS
from chalicelib.chain.queues import JOBS
from chalicelib.core import aws, logging
from chalicelib.core.http.application import THE_REST, Application
from chalicelib.dreamspace.queues import TIDYING
from chalicelib.gardenlab.service.outcomes import GardenlabTokens
from chalicelib.gardenlab.service.rewards import GardenlabRewards
from chalicelib.space3.queues import JOBS as VERIFICATIONS
from chalicelib.surfaces import PARTS
from chalicelib.webhooks.queues import FAST, SLOW

logging.configure()
app = Application("spacegarden", parts=PARTS)
if HANDLER is None:
    app.load_all()
else:  # while a function starts, Lambda gives it more of a processor than its first event will have
    aws.client("dynamodb")
    if HANDLER == "app.app":
        app.load_for(f"/{THE_REST}")

tokens = GardenlabTokens()
granter = GardenlabRewards()


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


@app.on_sqs_message(queue=REWARDS.full_name, batch_size=10)
def grant_rewards(event: SQSEvent) -> dict[str, Any]:
    """Rewards of missions: interactions applied to the users' NFTs."""
    return reward_tasks.work(event.to_dict(), granter)


@app.on_sqs_message(queue=VERIFICATIONS.full_name, batch_size=1)
def verify_users(event: SQSEvent) -> dict[str, Any]:
    """Many users' verifications; one partner's host in order."""
    return space3_tasks.work(event.to_dict())


@app.on_sqs_message(queue=TIDYING.full_name, batch_size=10)
def tidy_dreamspace(event: SQSEvent) -> dict[str, Any]:
    """What changes in Dreamspace leave behind."""
    return dreamspace_tasks.tidy(event.to_dict())


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
def sweep_rewards(event: CloudWatchEvent) -> int:
    """Finds rewards that are due."""
    return reward_tasks.sweep()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep_verifications(event: CloudWatchEvent) -> int:
    """Finds jobs of verifications that are due."""
    return space3_tasks.sweep()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep_dreamspace(event: CloudWatchEvent) -> int:
    """Finds what is still to be tidied up in Dreamspace."""
    return dreamspace_tasks.sweep()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def measure_queues(event: CloudWatchEvent) -> None:
    """Writes the queues' depths and ages as metrics."""
    operations_tasks.measure()


if IS_LOCAL:
    attach.after_app(app)

gc.freeze()
gc.enable()
