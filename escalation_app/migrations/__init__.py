"""Schema migrations, inside the package so that an installed wheel can migrate.

Alembic is imported only when there is something to migrate: every start of the product asks.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from escalation_app.db import Database

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent


def alembic_config(url: str) -> "Config":
    """How alembic finds these migrations and the database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Bring the database to the newest revision; makes a SQLite file and its folder if needed."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    if revision_of(url) == newest_revision():
        return
    from alembic import command

    command.upgrade(alembic_config(url), "head")


def newest_revision() -> str:
    """The revision the newest file is named after: files are named REVISION_words.py, and revisions
    are numbers of four digits."""
    return max(file.name.partition("_")[0] for file in (HERE / "versions").glob("[0-9]*.py"))


def revision_of(url: str) -> str | None:
    """The revision a database stands at; None for one that was never migrated."""
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DatabaseError:
        return None
    finally:
        database.dispose()
