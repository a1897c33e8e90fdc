"""changes and troubles; counters of their own."""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_COUNTERS = ('packets_in', 'bytes_in', 'packets_out', 'bytes_out', 'drops')


def upgrade() -> None:
    """Apply; counters are read anew within seconds."""
    op.create_table(
        'intent_changes',
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('resource_id', sa.String(), nullable=False),
        sa.Column('changed_at', sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint('revision', name=op.f('pk_intent_changes')),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f('ix_intent_changes_changed_at'), 'intent_changes', ['changed_at'])
    op.create_table(
        'observed_troubles',
        sa.Column('part', sa.String(), nullable=False),
        sa.Column('resource_id', sa.String(), nullable=False),
        sa.Column('since', sa.DateTime(), nullable=False),
        sa.Column('message', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('part', 'resource_id', name=op.f('pk_observed_troubles')),
    )
    op.create_table(
        'observed_counters',
        sa.Column('vpn_connection_id', sa.String(), nullable=False),
        sa.Column('number', sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTERS[:4]),
        sa.Column('drops', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('vpn_connection_id', 'number', name=op.f('pk_observed_counters')),
    )
    with op.batch_alter_table('observed_tunnels', schema=None) as batch_op:
        for name in _COUNTERS:
            batch_op.drop_column(name)
        batch_op.add_column(
            sa.Column('refused_routes', sa.BigInteger(), nullable=False, server_default='0')
        )
    # A security group is in effect where its instances are; nothing of its own exists.
    op.execute("DELETE FROM observed_resources WHERE id LIKE 'sg-%'")
