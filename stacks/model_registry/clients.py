"""Clients that register versions in groups that their users choose, without metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stacks.mlflow.capability import Mlflow
from stacks.studio.capability import Studio

if TYPE_CHECKING:
    from stacks.settings import EnvironmentSettings


def registering_clients(environment: EnvironmentSettings) -> Iterator[tuple[str, str]]:
    """Yield the path of each setting with which a client registers versions, and the client."""
    if (mlflow := environment.find(Mlflow)) is not None:
        for key, settings in (
            ("app", mlflow.settings.wanted_app),
            ("tracking_server", mlflow.settings.tracking_server),
        ):
            if settings is not None and settings.automatic_model_registration:
                yield f"mlflow.{key}.automatic_model_registration", "MLflow"
    if (studio := environment.find(Studio)) is not None:
        if (canvas := studio.settings.canvas) is not None and canvas.model_register:
            yield "studio.canvas.model_register", "Canvas"
        for index, user in enumerate(studio.settings.users):
            if user.canvas is not None and user.canvas.model_register:
                yield f"studio.users.{index}.canvas.model_register", "Canvas"
