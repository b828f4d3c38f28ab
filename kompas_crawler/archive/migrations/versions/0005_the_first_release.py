"""The first release, whose archives have its tables; new archives are made from the models."""

revision = "0005"
down_revision = None


def upgrade() -> None:
    pass
