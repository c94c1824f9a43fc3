"""Spacegarden on AWS Chalice: this file only wires routes, queues and schedules, which features declare."""

import gc
import os
from collections.abc import Mapping
from functools import wraps
from typing import Any

gc.disable()  # nothing of what is loaded here is garbage; looking for some takes a twentieth of a cold start

# Pydantic would look through every installed package for plugins of its own, of which there are none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from chalice.app import CloudWatchEvent, Rate, SQSEvent

# Lambda sets it to the handler of the function that this process is.
HANDLER = os.environ.get("_HANDLER")
# The one line by which a developer's machine differs: engine, chain and pump start with the app, never on AWS.
IS_LOCAL = os.environ.get("SPACEGARDEN_STAGE", "dev") == "dev" and HANDLER is None
if IS_LOCAL:
    from local import attach

    attach.before_app()

from chalicelib import surfaces
from chalicelib.core import logging
from chalicelib.core.functions import Function, QueueFunction
from chalicelib.core.http.application import Application

logging.configure()
app = Application("spacegarden", parts=surfaces.PARTS, at_start=surfaces.AT_START)
surfaces.prepare(app, HANDLER)


def _registered(function: Function) -> object:
    """The handler of a function, as Lambda calls it; it has the function's name."""
    if isinstance(function, QueueFunction):

        @app.on_sqs_message(function.queue.full_name, function.batch_size, maximum_concurrency=function.at_once)
        @wraps(function.run)
        def work(event: SQSEvent) -> Mapping[str, Any]:
            return function.run(event.to_dict())

        return work

    @app.schedule(Rate(function.minutes, unit=Rate.MINUTES))
    @wraps(function.run)
    def run(event: CloudWatchEvent) -> object:
        return function.run()

    return run


if HANDLER != surfaces.API:
    from chalicelib.inventory import functions

    # Lambda looks for its handler among this module's names.
    globals().update({function.name: _registered(function) for function in functions()})

if IS_LOCAL:
    attach.after_app(app)

gc.freeze()
gc.enable()
