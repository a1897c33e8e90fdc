"""What a customer's tools need to find and to sign for this installation."""

import os
from typing import Any

import boto3

from landbridge.api import credentials
from landbridge.cli.console import fail
from landbridge.cli.running import as_running
from landbridge.settings import Settings, from_environment


def settings() -> Settings:
    """Read the settings, or say which is wrong and end."""
    try:
        return from_environment()
    except ValueError as error:
        fail(str(error))


def variables(settings: Settings) -> dict[str, str]:
    """Name the environment variables; `FileNotFoundError` before the first start."""
    known = credentials.load(settings.credentials)
    settings = as_running(settings)
    return {
        "AWS_ENDPOINT_URL": settings.endpoint_url,
        "AWS_ACCESS_KEY_ID": known.access_key_id,
        "AWS_SECRET_ACCESS_KEY": known.secret_access_key,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_REGION": settings.region,
    }


def ec2_client(settings: Settings) -> Any:
    """Make a client like any customer's."""
    known = variables(settings)
    return boto3.client(
        "ec2",
        endpoint_url=known["AWS_ENDPOINT_URL"],
        region_name=known["AWS_REGION"],
        aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
    )


def aws_environment(settings: Settings) -> dict[str, str]:
    """Make the environment for an `aws` command, without what the caller has for the real AWS."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return inherited | variables(settings) | {"AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true"}
