"""The AWS session of the commands that act on a stage."""

import os
from typing import Any

import botocore.session


def aws_session() -> Any:
    """A session with the caller's credentials, in the region that `AWS_REGION` or the profile names."""
    session = botocore.session.get_session()
    if region := os.environ.get("AWS_REGION"):  # botocore alone reads only AWS_DEFAULT_REGION, unlike the AWS CLI
        session.set_config_variable("region", region)
    return session
