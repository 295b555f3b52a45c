"""What Reflex is told. The same for every port and mode, because it is baked into the bundle."""

import reflex as rx
from reflex_base.plugins.sitemap import SitemapPlugin

from escalation_app.launcher.same_origin import SameOriginPlugin
from escalation_app.settings import settings

config = rx.Config(
    app_name="escalation_app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[SameOriginPlugin()],
    disable_plugins=[SitemapPlugin],
    # The default manager writes pickles, session cookies included, to the disk.
    state_manager_mode=(
        rx.constants.StateManagerMode.REDIS
        if settings().redis_url
        else rx.constants.StateManagerMode.MEMORY
    ),
    redis_url=settings().redis_url,
    # No foreign origin, ever. Reflex's socket takes an empty list as "do not check", so
    # api/headers.py checks the origin of every socket and every changing request.
    cors_allowed_origins=(),
)
