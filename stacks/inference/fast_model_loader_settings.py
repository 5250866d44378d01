"""Settings of Fast Model Loader: large models in shards."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from sagemaker_platform.catalog import plan_large_model
from stacks.fields import Settings, ShardRevision, validation_error
from stacks.inference.container_settings import LargeModelSettings
from stacks.sagemaker_api import instance_types

# Sharding needs lmi-dist, which DJL Serving removed after 0.33 (djl-serving, pull requests 2811,
# 2813 and 2924); AWS's SDK takes no image older than 0.31.0-lmi13 (sagemaker-serve,
# model_builder_utils.py). Read on 2026-11-27.
LAST_VERSION = "0.33.0"
_LMI_VERSIONS = range(13, 16)


class FastModelLoaderSettings(Settings):
    """Parting a large model into shards that load fast, by a job before the endpoint."""

    max_hours: Annotated[int, Field(ge=1, le=24)] = 3
    """Timeout of the sharding job. The deployment waits for it."""
    revision: ShardRevision | None = None
    """Any word. Change it to shard the model again after its data changed in place."""

    def check_model(self, model: LargeModelSettings | None, data: str | None) -> None:
        """Refuse a model that is not sharded.

        Args:
            model: the large model, if it is one.
            data: where it is.
        """
        if model is None or model.server != "lmi":
            raise validation_error(
                "requires large_model with server lmi, which loads the shards",
                at="fast_model_loader",
                value=self.max_hours,
            )
        if data is None or not data.endswith("/"):
            raise validation_error(
                "requires model_data with a prefix s3://bucket/prefix/, which the job shards",
                at="fast_model_loader",
                value=self.max_hours,
            )

    def check_image(self, model: LargeModelSettings, image: str | None) -> None:
        """Refuse an image that cannot shard a model, or load shards.

        Args:
            model: the large model.
            image: an image of the team, if it is given.
        """
        if image is None:
            if model.version is not None and model.version != LAST_VERSION:
                raise validation_error(
                    f"cannot shard models: DJL removed lmi-dist after {LAST_VERSION}. Give "
                    f'"{LAST_VERSION}", or remove the line',
                    at="large_model.version",
                    value=model.version,
                )
            return
        found = re.search(r"-lmi(\d+)\.", image)
        if found is not None and int(found[1]) not in _LMI_VERSIONS:
            raise validation_error(
                f"must be an LMI image from 0.31.0-lmi13 to {LAST_VERSION}-lmi15, because "
                "other versions cannot shard models",
                at="image",
                value=image,
            )

    def check_placement(
        self, model: LargeModelSettings, types: Sequence[str], *, isolated: bool, at: str
    ) -> None:
        """Refuse what shards cannot be made for, or loaded on.

        Args:
            model: the large model.
            types: instance types that it may run on.
            isolated: whether its containers reach nothing.
            at: path of these settings below those that are checked.
        """
        if isolated:
            raise validation_error(
                "requires containers that can read S3. Remove network_isolation",
                at=at,
                value=types[0],
            )
        if len(types) > 1:
            raise validation_error(
                "requires instance_type, because the model is sharded for one instance type",
                at=at,
                value=list(types),
            )
        known = instance_types("OptimizationJobDeploymentInstanceType")
        if types[0] not in known:
            fitting = [name for name in known if _fits(model, name)]
            raise validation_error(
                f"does not support {types[0]}; this model fits on "
                f"{', '.join(fitting[:6]) or 'no supported type'}",
                at=at,
                value=types[0],
            )


def _fits(model: LargeModelSettings, instance_type: str) -> bool:
    try:
        plan_large_model(model.model({}), instance_type)
    except ValueError:
        return False
    return True
