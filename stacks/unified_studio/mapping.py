"""Settings of Unified Studio as arguments of constructs."""

import hashlib

from sagemaker_platform.unified_studio import IdentityCenterSignIn
from stacks.names import pascal_case
from stacks.unified_studio.settings import IdentityCenterSettings
from stacks.unified_studio.who_settings import WhoSettings


def sign_in(settings: IdentityCenterSettings | None) -> IdentityCenterSignIn | None:
    """Return the sign-in of a domain; None for IAM roles."""
    if settings is None:
        return None
    return IdentityCenterSignIn(instance_arn=settings.instance, assignment=settings.assignment)


def profile_id(who: WhoSettings) -> str:
    """Return the construct ID of a profile, which never names another user or group."""
    kind, name = who.identity
    return pascal_case(kind) + (pascal_case(name) if kind == "persona" else content_id(name))


def content_id(*parts: str) -> str:
    """Return an ID that changes with what it stands for, for what AWS cannot update."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8].upper()
