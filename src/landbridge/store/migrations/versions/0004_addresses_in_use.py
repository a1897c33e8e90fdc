"""Addresses in use are found by who has them, and what requests look up has an index."""

import sqlalchemy as sa
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

INDEXED = (
    ('intent_client_tokens', 'resource_id'),
    ('intent_customer_gateways', 'ip_address'),
    ('intent_instances', 'network_interface_id'),
    ('intent_instances', 'reservation_id'),
    ('intent_security_group_rules', 'referenced_group_id'),
    ('intent_vpn_connections', 'created_at'),
    ('intent_vpn_tunnels', 'outside_ip_address'),
    ('intent_vpn_tunnels', 'tunnel_inside_cidr'),
)


def upgrade() -> None:
    """Apply; connections whose addresses were taken from them had been gone before."""
    op.execute('DELETE FROM intent_vpn_tunnels WHERE outside_ip_address IS NULL')
    gone = 'NOT IN (SELECT vpn_connection_id FROM intent_vpn_tunnels)'
    op.execute(f'DELETE FROM intent_vpn_connection_routes WHERE vpn_connection_id {gone}')
    op.execute(f'DELETE FROM intent_vpn_connections WHERE id {gone}')
    known = "(SELECT id FROM intent_vpn_connections)"
    op.execute(f"DELETE FROM intent_tags WHERE resource_id LIKE 'vpn-%' AND resource_id NOT IN {known}")
    with op.batch_alter_table('intent_vpn_tunnels', schema=None) as batch_op:
        batch_op.drop_constraint('uq_intent_vpn_tunnels_outside_ip_address', type_='unique')
        batch_op.alter_column('outside_ip_address', existing_type=sa.String(), nullable=False)
    for table, column in INDEXED:
        op.create_index(f'ix_{table}_{column}', table, [column])
