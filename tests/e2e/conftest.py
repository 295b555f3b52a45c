"""A browser is only for the journeys: loading Playwright costs the other tests time."""

from tests.support.browser import browser, context, page, product
from tests.support.office import office

__all__ = ["browser", "context", "office", "page", "product"]
