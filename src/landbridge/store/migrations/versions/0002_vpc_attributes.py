"""DNS attributes of VPCs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for name, default in (
        ("enable_dns_support", sa.true()),
        ("enable_dns_hostnames", sa.false()),
    ):
        op.add_column(
            "intent_vpcs", sa.Column(name, sa.Boolean(), nullable=False, server_default=default)
        )
