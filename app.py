"""Spacegarden on AWS Chalice: this file only wires features to routes, queues and schedules.

Each function loads the tasks of its own feature alone, when it is called.
"""

import gc
import os
from typing import Any

gc.disable()  # nothing of what is loaded here is garbage; looking for some takes a twentieth of a cold start

# Pydantic would look through every installed package for plugins of its own, of which there are none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from chalice.app import CloudWatchEvent, Rate, SQSEvent

# Lambda tells by it which function this process is.
HANDLER = os.environ.get("_HANDLER")
# The one line by which a developer's machine differs: engine, chain and pump start around the app, never on AWS.
IS_LOCAL = os.environ.get("SPACEGARDEN_STAGE", "dev") == "dev" and HANDLER is None
if IS_LOCAL:
    from local import attach

    attach.before_app()

from chalicelib import surfaces
from chalicelib.activity.queues import REWARDS
from chalicelib.chain.queues import JOBS, LOOKS
from chalicelib.core import logging
from chalicelib.core.http.application import Application
from chalicelib.dreamspace.queues import TIDYING
from chalicelib.oauth.queues import ROTATIONS
from chalicelib.space3.queues import JOBS as VERIFICATIONS
from chalicelib.webhooks.queues import FAST, SLOW

logging.configure()
app = Application("spacegarden", parts=surfaces.PARTS)
surfaces.prepare(app, HANDLER)


@app.on_sqs_message(queue=FAST.full_name, batch_size=10)
def deliver_webhooks(event: SQSEvent) -> dict[str, Any]:
    """First tries of webhooks to healthy endpoints."""
    from chalicelib.webhooks import tasks

    return tasks.deliver(event.to_dict())


@app.on_sqs_message(queue=SLOW.full_name, batch_size=10)
def deliver_slow_webhooks(event: SQSEvent) -> dict[str, Any]:
    """Retries, and endpoints in trouble."""
    from chalicelib.webhooks import tasks

    return tasks.deliver(event.to_dict())


@app.on_sqs_message(queue=JOBS.full_name, batch_size=10)
def work_chain_jobs(event: SQSEvent) -> dict[str, Any]:
    """Mints and URI updates; one chain's jobs in order."""
    from chalicelib.chain import tasks
    from chalicelib.gardenlab.service.outcomes import GardenlabTokens

    return tasks.work(event.to_dict(), GardenlabTokens())


@app.on_sqs_message(queue=LOOKS.full_name, batch_size=1)
def follow_chains(event: SQSEvent) -> dict[str, Any]:
    """Transactions on their way to finality, and jobs that are tried again."""
    from chalicelib.chain import tasks
    from chalicelib.gardenlab.service.outcomes import GardenlabTokens

    return tasks.follow(event.to_dict(), GardenlabTokens())


@app.on_sqs_message(queue=REWARDS.full_name, batch_size=10)
def grant_rewards(event: SQSEvent) -> dict[str, Any]:
    """Rewards of missions: interactions applied to the users' NFTs."""
    from chalicelib.activity import tasks
    from chalicelib.gardenlab.service.rewards import GardenlabRewards

    return tasks.work(event.to_dict(), GardenlabRewards())


@app.on_sqs_message(queue=VERIFICATIONS.full_name, batch_size=1)
def verify_users(event: SQSEvent) -> dict[str, Any]:
    """Many users' verifications; one partner's host in order."""
    from chalicelib.space3 import tasks

    return tasks.work(event.to_dict())


@app.on_sqs_message(queue=TIDYING.full_name, batch_size=10)
def tidy_dreamspace(event: SQSEvent) -> dict[str, Any]:
    """What changes in Dreamspace leave behind."""
    from chalicelib.dreamspace import tasks

    return tasks.tidy(event.to_dict())


@app.on_sqs_message(queue=ROTATIONS.full_name, batch_size=1)
def rotate_signing_keys(event: SQSEvent) -> dict[str, Any]:
    """Replaces the older key that signs access tokens; no other function may make keys."""
    from chalicelib.oauth import tasks

    return tasks.work(event.to_dict())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep_webhooks(event: CloudWatchEvent) -> int:
    """Finds deliveries that are due."""
    from chalicelib.webhooks import tasks

    return tasks.sweep()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep_chain(event: CloudWatchEvent) -> int:
    """Finds chain jobs and transactions that are due."""
    from chalicelib.chain import tasks

    return tasks.sweep()


@app.schedule(Rate(5, unit=Rate.MINUTES))
def watch_chains(event: CloudWatchEvent) -> None:
    """Looks at the signers' balances, and for chains that forgot what was sent."""
    from chalicelib.chain import tasks

    tasks.watch()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep_rewards(event: CloudWatchEvent) -> int:
    """Finds rewards that are due."""
    from chalicelib.activity import tasks

    return tasks.sweep()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep_verifications(event: CloudWatchEvent) -> int:
    """Finds jobs of verifications that are due."""
    from chalicelib.space3 import tasks

    return tasks.sweep()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweep_dreamspace(event: CloudWatchEvent) -> int:
    """Finds what is still to be tidied up in Dreamspace."""
    from chalicelib.dreamspace import tasks

    return tasks.sweep()


@app.schedule(Rate(1, unit=Rate.MINUTES))
def measure_queues(event: CloudWatchEvent) -> None:
    """Writes the queues' depths and ages as metrics."""
    from chalicelib.operations import tasks

    tasks.measure()


if IS_LOCAL:
    attach.after_app(app)

gc.freeze()
gc.enable()
