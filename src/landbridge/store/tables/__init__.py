"""The tables. One writer each: `intent_*` by the api, `observed_*` by the agent."""

from landbridge.store.tables import changes, observed, vpc, vpn
from landbridge.store.tables.base import Base

__all__ = ["Base", "changes", "observed", "vpc", "vpn"]
