"""tunnel counters."""

import sqlalchemy as sa
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; what was seen before had none counted."""
    with op.batch_alter_table('observed_tunnels', schema=None) as batch_op:
        batch_op.add_column(sa.Column('packets_in', sa.BigInteger(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('packets_out', sa.BigInteger(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('drops', sa.JSON(), nullable=False, server_default='{}'))
