"""A browser is only for the journeys: loading Playwright costs the other tests time."""

from tests.support.browser import browser, context, page, product

__all__ = ["browser", "context", "page", "product"]
