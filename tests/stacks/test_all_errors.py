"""One run reports the errors of all capabilities, unless what they rely on is invalid."""

from pathlib import Path

from tests.bad_settings import BASE, faults, write

CAPABILITIES = """\
mlflow:
  app: {default_for_studio: true}
warehouse: {}
"""


def test_errors_of_all_capabilities_are_reported(tmp_path: Path) -> None:
    messages = faults(write(tmp_path, BASE + CAPABILITIES))

    assert len(messages) == 2
    assert any("mlflow.app.default_for_studio" in one for one in messages)
    assert any("network.availability_zones" in one for one in messages)


def test_invalid_core_settings_stop_the_capabilities(tmp_path: Path) -> None:
    [message] = faults(write(tmp_path, BASE + CAPABILITIES + "tags: {stage: mine}\n"))

    assert "tags.stage" in message


def test_invalid_persona_stops_the_capabilities(tmp_path: Path) -> None:
    [message] = faults(write(tmp_path, BASE + CAPABILITIES + "personas: {chemist: {}}\n"))

    assert "personas.chemist" in message
