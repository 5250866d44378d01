"""Business glossaries: the words by which people find and understand data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jsii
from aws_cdk import CustomResource, IStableAnyProducer, Lazy
from constructs import Construct

from sagemaker_platform.arguments import checks_types, require_some
from sagemaker_platform.unified_studio.project_waiter import ProjectWaiter


@checks_types
@dataclass(frozen=True, kw_only=True)
class GlossaryTerm:
    """A term of a glossary.

    Attributes:
        name: name that people see, which can change.
        short_description: what it means, in up to 1,024 characters.
        long_description: what it means, in up to 4,096 characters.
        is_a: keys of wider terms of the glossary, at most 10.
        classifies: keys of narrower terms of the glossary, at most 10.
        enabled: whether assets can get it.
    """

    name: str
    short_description: str = ""
    long_description: str = ""
    is_a: Sequence[str] = ()
    classifies: Sequence[str] = ()
    enabled: bool = True


@jsii.implements(IStableAnyProducer)
class _Outputs:
    """Keys of terms by attribute, when the template is written."""

    def __init__(self, outputs: Mapping[str, str]) -> None:
        self._outputs = outputs

    def produce(self) -> dict[str, str]:
        return dict(self._outputs)


@checks_types
class Glossary(Construct):
    """A business glossary, with its terms.

    CloudFormation has no resource for it. Terms that people add in the portal stay. AWS deletes a
    term only if no asset has it. Source: Amazon DataZone API Reference, "CreateGlossary",
    "DeleteGlossaryTerm".

    Args:
        waiter: has the function, with ``catalog``. Its user must be an owner of the project.
        project_id: ID of the project that owns the glossary, which cannot change.
        key: identifies the glossary, and must stay the same.
        name: name that people see, unique in the domain. It can change.
        description: description that people see.
        enabled: whether assets can get its terms.
        terms: terms by permanent keys.

    Attributes:
        id: ID of the glossary.
        resource: the custom resource.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        waiter: ProjectWaiter,
        project_id: str,
        key: str,
        name: str,
        description: str = "",
        enabled: bool = True,
        terms: Mapping[str, GlossaryTerm],
    ) -> None:
        require_some("terms", terms)
        super().__init__(scope, id)
        self._outputs: dict[str, str] = {}
        self.resource: CustomResource = waiter.add(
            self,
            "Resource",
            resource_type="UnifiedStudioGlossary",
            properties={
                "Key": key,
                "Project": project_id,
                "Name": name,
                "Description": description,
                "Status": _status(enabled),
                "Terms": {
                    term: {
                        "Name": one.name,
                        "Short": one.short_description,
                        "Long": one.long_description,
                        "Status": _status(one.enabled),
                        "IsA": list(one.is_a),
                        "Classifies": list(one.classifies),
                    }
                    for term, one in terms.items()
                },
                "Outputs": Lazy.any(_Outputs(self._outputs)),
            },
        )
        self.id = self.resource.get_att_string("Id")

    def term_id(self, key: str) -> str:
        """Return the ID of a term.

        The answer of a custom resource has at most 4 kB: only terms that are asked for are in it.

        Args:
            key: key of the term.
        """
        attribute = f"Term{hashlib.sha256(key.encode()).hexdigest()[:8]}"
        self._outputs[attribute] = key
        return self.resource.get_att_string(attribute)


def _status(enabled: bool) -> str:
    return "ENABLED" if enabled else "DISABLED"
