"""Describes a group of the model registry."""

from __future__ import annotations

import json

from operations.adopt.found import Asking, Existing, Found, Note, divide, without_none

_LONGEST = 42


def read(asking: Asking, identifier: str, environment: str | None) -> Found:
    """Return a model package group as settings.

    Args:
        asking: asks the account.
        identifier: name or ARN of the group.
        environment: name of the environment; if None, derived.
    """
    group = asking.require(
        "sagemaker", "describe_model_package_group", ModelPackageGroupName=identifier
    )
    name, arn = group["ModelPackageGroupName"], group["ModelPackageGroupArn"]
    chosen, own = divide(name, environment, _LONGEST)
    policy = asking.ask(
        "sagemaker", "get_model_package_group_policy", ModelPackageGroupName=name
    ).get("ResourcePolicy")
    found = Found(
        environment=chosen,
        block={"model_registry": {"groups": [{"name": own}]}},
        tags=asking.tags(arn),
        resources=[
            Existing(
                type="AWS::SageMaker::ModelPackageGroup",
                identifier={"ModelPackageGroupArn": arn},
                properties=without_none(
                    {
                        "ModelPackageGroupName": name,
                        "ModelPackageGroupDescription": group.get("ModelPackageGroupDescription"),
                        "ModelPackageGroupPolicy": json.loads(policy) if policy else None,
                    }
                ),
            )
        ],
    )
    at = ("model_registry", "groups", 0)
    if policy:
        accounts = sorted(_accounts(json.loads(policy)))
        found.notes.append(
            Note(
                at,
                f"The group has a policy for {', '.join(accounts) or 'other principals'}. A deploy "
                "replaces it with the policy that followers need: name environments and accounts "
                "in model_registry.followers, and in followers of the group",
            )
        )
    if description := group.get("ModelPackageGroupDescription"):
        found.notes.append(Note(at, f"Its description stays, and has no key: {description}"))
    return found


def _accounts(policy: dict[str, object]) -> set[str]:
    text = json.dumps(policy.get("Statement", []))
    words = text.replace('"', " ").replace(":", " ").replace("/", " ").split()
    return {word for word in words if len(word) == 12 and word.isdigit()}
