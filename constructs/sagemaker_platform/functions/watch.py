"""Noticing that CloudFormation will update a resource."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import jsii
from aws_cdk import CfnResource, IAnyProducer, IResolvable, IResolveContext, Lazy


def watched(resource: CfnResource) -> IResolvable:
    """Return a value that changes whenever CloudFormation updates a resource.

    It holds a digest of the resource's properties, and every reference among them, since
    what they refer to may be replaced while the template stays the same. A property that is
    set with ``add_property_override`` does not count.
    """
    return Lazy.uncached_any(_Watch(resource))


@jsii.implements(IAnyProducer)
class _Watch:
    def __init__(self, resource: CfnResource) -> None:
        self._resource = resource

    def produce(self, context: IResolveContext) -> Any:
        properties = self._resource.stack.resolve(self._resource._cfn_properties)
        text = json.dumps(properties, sort_keys=True)
        references = {json.dumps(found, sort_keys=True): found for found in _references(properties)}
        return {
            "Hash": hashlib.sha256(text.encode()).hexdigest()[:16],
            "References": [references[key] for key in sorted(references)],
        }


def _references(node: Any) -> Iterator[Any]:
    match node:
        case {"Ref": name}:
            # Pseudo parameters are the same for the life of a stack.
            if not name.startswith("AWS::"):
                yield node
        case {"Fn::GetAtt": _} | {"Fn::GetStackOutput": _} | {"Fn::ImportValue": _}:
            yield node
        case dict():
            for value in node.values():
                yield from _references(value)
        case list():
            for value in node:
                yield from _references(value)
