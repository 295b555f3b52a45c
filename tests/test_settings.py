from pathlib import Path

import pytest

from escalation_app.settings import LogLevel, Mode, SettingsError, read_settings


def test_an_empty_environment_serves_a_sqlite_file_on_loopback():
    settings = read_settings({})

    assert settings.mode is Mode.SERVE
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url == f"sqlite:///{Path('data/escalation.db').absolute()}"
    assert settings.public_url == "http://localhost:8000"
    assert settings.log_level is LogLevel.INFO
    assert settings.redis_url is None
    assert settings.smtp_url is None
    assert settings.has_engine


def test_every_wrong_value_is_named_at_once():
    wrong = {
        "ESCALATION_MODE": "party",
        "PORT": "70000",
        "DATABASE_URL": "mysql://db/escalation",
        "REDIS_URL": "http://redis",
        "SMTP_URL": "mail.example.org",
        "MAIL_FROM": "nobody",
        "PUBLIC_URL": "help.example.org",
        "ENGINE": "sometimes",
        "LOG_LEVEL": "loud",
    }

    with pytest.raises(SettingsError) as raised:
        read_settings(wrong)

    assert [problem.split(":")[0] for problem in raised.value.problems] == list(wrong)


def test_a_wrong_value_is_not_repeated_where_it_may_hold_a_password():
    with pytest.raises(SettingsError) as raised:
        read_settings({"DATABASE_URL": "mysql://root:hunter2@db/escalation"})

    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db/desk", "postgresql+psycopg://u:p@db/desk"),
        ("postgresql://u:p@db/desk", "postgresql+psycopg://u:p@db/desk"),
        (
            "postgresql+psycopg://u:p@db/desk?host=/run",
            "postgresql+psycopg://u:p@db/desk?host=/run",
        ),
        ("sqlite:////srv/desk.db", "sqlite:////srv/desk.db"),
        ("sqlite:///desk.db", f"sqlite:///{Path('desk.db').absolute()}"),
    ],
)
def test_database_urls_are_understood_as_people_write_them(given: str, used: str):
    assert read_settings({"DATABASE_URL": given}).database_url == used


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "desk.db"])
def test_a_database_that_would_not_outlive_the_process_is_refused(url: str):
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        read_settings({"DATABASE_URL": url})


@pytest.mark.parametrize("port", ["0", "-1", "65536", "80 80", "٨٠٠٠", "8000x"])
def test_a_port_is_a_number_a_server_can_listen_on(port: str):
    with pytest.raises(SettingsError, match="PORT"):
        read_settings({"PORT": port})


def test_two_demos_on_two_ports_have_a_database_each():
    first = read_settings({"ESCALATION_MODE": "demo", "PORT": "8000"})
    second = read_settings({"ESCALATION_MODE": "demo", "PORT": "8001"})

    assert first.database_url != second.database_url


def test_https_is_known_from_the_public_url():
    settings = read_settings({"PUBLIC_URL": "https://help.example.org/"})

    assert settings.public_url == "https://help.example.org"
    assert settings.is_https


def test_a_public_url_with_a_path_is_refused():
    with pytest.raises(SettingsError, match="PUBLIC_URL"):
        read_settings({"PUBLIC_URL": "https://example.org/help"})


def test_an_empty_variable_counts_as_not_set():
    assert read_settings({"PORT": " ", "REDIS_URL": ""}).port == 8000


@pytest.mark.parametrize(("text", "has_engine"), [("on", True), ("off", False), ("OFF", False)])
def test_a_process_that_serves_can_leave_the_engine_to_others(text: str, has_engine: bool):
    assert read_settings({"ENGINE": text}).has_engine is has_engine


def test_the_addresses_of_channels_are_read_by_their_keys_and_never_shown():
    settings = read_settings(
        {
            "CHANNEL_OPS_ROOM_URL": "https://hooks.example/HIDDEN",
            "CHANNEL_PAGER_URL": "http://pager.internal:8080/in",
            "CHANNEL_PAGER_SECRET": "HIDDEN sixteen characters",
            "CHANNEL_EMPTY_URL": " ",
        }
    )

    assert settings.channel_urls == {
        "ops_room": "https://hooks.example/HIDDEN",
        "pager": "http://pager.internal:8080/in",
    }
    assert settings.channel_secrets == {"pager": "HIDDEN sixteen characters"}
    assert not settings.allows_private_targets
    assert "HIDDEN" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHANNEL_OPS_URL", "ftp://hooks.example/HIDDEN"),
        ("CHANNEL_OPS_URL", "hooks.example/HIDDEN"),
        ("CHANNEL_OPS_URL", "https://user:HIDDEN@hooks.example/"),
        ("CHANNEL_OPS_URL", "https:///HIDDEN"),
        ("CHANNEL_OPS_SECRET", "HIDDEN"),
        ("ALLOW_PRIVATE_TARGETS", "HIDDEN"),
    ],
)
def test_a_wrong_address_of_a_channel_stops_the_start_without_being_repeated(name: str, value: str):
    with pytest.raises(SettingsError, match=name) as raised:
        read_settings({name: value})

    assert "HIDDEN" not in str(raised.value)


def test_an_operator_may_let_posts_go_into_the_private_network():
    assert read_settings({"ALLOW_PRIVATE_TARGETS": "1"}).allows_private_targets
