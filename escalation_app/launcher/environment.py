"""The environment variables Reflex is steered by."""

from pathlib import Path


def frontend_environment(web: Path, workshop: Path) -> dict[str, str]:
    """What both a build and a server need: where the pages are, and no calls home."""
    return {
        "REFLEX_WEB_WORKDIR": str(web),
        "REFLEX_DIR": str(workshop / "reflex"),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_ENV_MODE": "prod",
    }


def serving_environment(bundle: Path, workshop: Path) -> dict[str, str]:
    """What a server needs: mount the pages of this bundle and compile nothing."""
    return frontend_environment(bundle, workshop) | {
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "__REFLEX_SKIP_COMPILE": "true",
    }
