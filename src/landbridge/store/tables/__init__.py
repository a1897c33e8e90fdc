"""The tables. One writer each: `intent_*` by the api, `observed_*` by the agent."""

from landbridge.store.tables import observed, vpc, vpn
from landbridge.store.tables.base import Base

__all__ = ["Base", "observed", "vpc", "vpn"]
