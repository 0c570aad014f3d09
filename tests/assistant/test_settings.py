"""The one reader of the environment: what wins, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import ConfigurationError
from assistant.settings import PREFIX, Settings, load_settings, table


def test_defaults_serve_loopback_without_any_setting() -> None:
    settings = load_settings({})
    assert (settings.host, settings.port, settings.engine) == ("127.0.0.1", 8000, "xllamacpp")
    assert settings.secure is False


def test_option_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    (tmp_path / "aparte.toml").write_text(
        'port = 1111\nidle_minutes = 7\nallowed_hosts = ["a.example"]\n', "utf-8"
    )
    environ = {"APARTE_DATA": str(tmp_path), "APARTE_PORT": "2222", "APARTE_PARALLEL": "3"}
    settings = load_settings(environ, port=None, parallel=4)
    assert (settings.port, settings.idle_minutes, settings.parallel) == (2222, 7, 4)
    assert settings.allowed_hosts == ("a.example",)


def test_lists_have_commas_and_lists_of_nothing_are_empty() -> None:
    settings = load_settings({"APARTE_ALLOWED_HOSTS": " a.example, b ,", "APARTE_TRUSTED_PROXIES": ""})
    assert (settings.allowed_hosts, settings.trusted_proxies) == (("a.example", "b"), ())


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"APARTE_PROT": "1"}, "did you mean APARTE_PORT?"),
        ({"APARTE_XYZZY": "1"}, "docs/settings.md"),
        ({"APARTE_PORT": "beaucoup"}, "port"),
        ({"APARTE_ENGINE": "gpt"}, "engine"),
        ({"APARTE_TLS_CERT": "cert.pem"}, "go together"),
        ({"APARTE_ENGINE": "remote"}, "remote_url"),
        ({"APARTE_CONFIG": "/nowhere.toml"}, "not a file"),
        ({"LANGCHAIN_TRACING_V2": "true"}, "LANGCHAIN_TRACING_V2"),
        ({"LANGSMITH_TRACING": "1"}, "outside"),
    ],
)
def test_what_is_wrong_is_refused_by_name(environ: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says.replace("?", r"\?")):
        load_settings(environ)


def test_tracing_that_is_off_is_no_reason_to_refuse() -> None:
    assert load_settings({"LANGSMITH_TRACING": "false", "OTHER": "1"}).port == 8000


@pytest.mark.parametrize("text", ["port = ", "ports = 1", "port = 70000", "[data]\nx = 1"])
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    config = tmp_path / "other.toml"
    config.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError):
        load_settings({"APARTE_CONFIG": str(config)})


def test_no_value_is_ever_in_a_refusal(tmp_path: Path) -> None:
    key = tmp_path / "aparte.toml"
    key.write_text('port = "un-secret-42"\n', "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_settings({"APARTE_DATA": str(tmp_path)})
    assert "un-secret-42" not in str(refused.value)


def test_every_setting_has_a_name_and_a_help() -> None:
    rows = table()
    assert len(rows) == len(Settings.model_fields)
    for name, default, help_ in rows:
        assert name.startswith(PREFIX)
        assert default
        assert help_.endswith(".")
        assert "|" not in help_
