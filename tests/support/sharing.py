"""What the engines of one test process share, though every test opens its database anew: the SQL
they have compiled, and connections to PostgreSQL. Making both again took longer than most tests."""

from typing import Any

from sqlalchemy import Engine, QueuePool, create_engine, make_url

KEPT = "kept"
"""What PostgreSQL sees as the application name of a connection that outlives its test."""
_STATEMENTS = 5_000
"""More than all tests together have, so that none is compiled twice."""


class KeptPool(QueuePool):
    """Connections that outlive the engines which use them."""

    def dispose(self) -> None:
        """An engine is done; the next one goes on with the connections."""

    def recreate(self) -> "KeptPool":
        return self

    def close(self) -> None:
        """Close those that nobody has."""
        super().dispose()


class SharingEngines:
    """Makes engines in place of `create_engine`."""

    def __init__(self) -> None:
        self._models: dict[str, Engine] = {}
        """By the kind of database, an engine whose dialect and statements others take over."""
        self._pools: dict[str, KeptPool | None] = {}
        """By the URL of a database whose connections are kept."""

    def __call__(self, url: str, **options: Any) -> Engine:
        model = self._models.get(make_url(url).get_backend_name())
        if model is None:
            return create_engine(url, **options)
        # A dialect asks at its first connection what it must know of the server.
        engine = create_engine(url, **options, _initialize=False)
        engine.dialect = engine.pool._dialect = model.dialect
        engine._compiled_cache = model._compiled_cache
        if url in self._pools:
            engine.pool = self._pools[url] = self._pools[url] or _kept(url, options, model)
        return engine

    def compile_once(self, url: str) -> None:
        """Let all engines of this kind of database share what they compile."""
        model = create_engine(url, query_cache_size=_STATEMENTS)
        with model.connect():
            self._models[model.dialect.name] = model
        model.dispose()

    def keep_connections(self, url: str) -> None:
        """Let all engines of this database share its connections too."""
        self._pools[url] = None

    def close_connections(self, url: str) -> None:
        """Close the connections to a database and keep no more of them."""
        if pool := self._pools.pop(url, None):
            pool.close()

    def close(self) -> None:
        for url in list(self._pools):
            self.close_connections(url)


def _kept(url: str, options: dict[str, Any], model: Engine) -> KeptPool:
    like = {"poolclass": KeptPool, "pool_use_lifo": True, "_initialize": False}
    named = {"connect_args": {"application_name": KEPT}}
    pool = create_engine(url, **options, **like, **named).pool
    assert isinstance(pool, KeptPool)
    pool._dialect = model.dialect
    return pool
