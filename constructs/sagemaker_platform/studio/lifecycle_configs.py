"""Scripts that run when an app of Studio starts."""

import base64
import hashlib
import json

from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_one_of
from sagemaker_platform.studio.apps import AppType

_MAX_ENCODED = 16_384


@checks_types
class LifecycleConfig(Construct):
    """A lifecycle configuration: a script that SageMaker runs in an app when it starts.

    None of its properties can change. So its name ends in a hash of all of them: a change
    makes a new one, whatever refers to it moves there, and the old one is deleted last. Its
    tags cannot change either: leave it and its stack without tags.

    SageMaker stops a script after five minutes, and the app with it (AWS: "Lifecycle
    configurations within Amazon SageMaker Studio").

    Args:
        name: what its name begins with: letters and digits with single hyphens, at most 52.
        app_type: the kind of app that may run it.
        content: the script, in full; at most 16384 characters once it is base64.

    Raises:
        ValueError: the script is empty or too long.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, app_type: AppType, content: str
    ) -> None:
        super().__init__(scope, id)
        require_one_of("app_type", app_type, AppType)
        encoded = base64.b64encode(content.encode()).decode()
        if not 0 < len(encoded) <= _MAX_ENCODED:
            raise ValueError(
                f"expected a script of 1 to {_MAX_ENCODED} characters in base64, got {len(encoded)}"
            )
        self.app_type = app_type
        # The first word keeps its name apart from earlier ones, which had tags.
        text = json.dumps(["untagged", app_type, content])
        self.resource = sagemaker.CfnStudioLifecycleConfig(
            self,
            "Resource",
            studio_lifecycle_config_name=f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}",
            studio_lifecycle_config_app_type=app_type,
            studio_lifecycle_config_content=encoded,
        )
        self.arn = self.resource.attr_studio_lifecycle_config_arn
