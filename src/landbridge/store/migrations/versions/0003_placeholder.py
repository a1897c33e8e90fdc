"""Holds the place of a revision that is made elsewhere."""

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing."""
