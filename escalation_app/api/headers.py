from collections.abc import Callable


def browser_policy(app):
    return app
