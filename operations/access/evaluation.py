"""Whether IAM allows a request.

Source: IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from operations.access.condition import Condition
from operations.access.pattern import Context
from operations.access.policy import Policy, Statement
from operations.access.principal import Caller, Grantee

# Resources whose own policy has to let an account in, the owner's too (AWS Key Management Service
# Developer Guide, "Key policies"; IAM User Guide, "Role trust policies").
_OWN_POLICY_DECIDES = ("kms:", "sts:assumerole", "sts:setsourceidentity", "sts:tagsession")


class Layer(StrEnum):
    """A kind of policy."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    RESOURCE = "resource-based policy"
    ENDPOINT = "VPC endpoint policy"
    SERVICE_CONTROL = "service control policy"
    RESOURCE_CONTROL = "resource control policy"


@dataclass(frozen=True)
class Request:
    """One action on one resource.

    Attributes:
        caller: who asks.
        action: such as ``s3:GetObject``.
        resource: ARN of the resource, or ``*`` where the action has none.
        resource_account: account that owns the resource.
        context: condition keys in lower case.
    """

    caller: Caller
    action: str
    resource: str
    resource_account: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """The policies that apply to a request; None where there is no such policy.

    Attributes:
        identity: policies of the role or user.
        boundary: the permissions boundary of the role or user.
        session: session policies.
        resource: the policy of the resource: of a bucket, a key, or a role (its trust policy).
        endpoint: the policy of the VPC endpoint through which the call goes.
        service_control: service control policies of the caller's account.
        resource_control: resource control policies of the resource's account.
    """

    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    session: Sequence[Policy] | None = None
    resource: Policy | None = None
    endpoint: Policy | None = None
    service_control: Sequence[Policy] | None = None
    resource_control: Sequence[Policy] | None = None

    def layers(self) -> Iterator[tuple[Layer, Sequence[Policy]]]:
        """Yield the policies that are there, by kind."""
        yield Layer.IDENTITY, self.identity
        for layer, one in (
            (Layer.BOUNDARY, self.boundary),
            (Layer.RESOURCE, self.resource),
            (Layer.ENDPOINT, self.endpoint),
        ):
            if one is not None:
                yield layer, (one,)
        for layer, several in (
            (Layer.SESSION, self.session),
            (Layer.SERVICE_CONTROL, self.service_control),
            (Layer.RESOURCE_CONTROL, self.resource_control),
        ):
            if several is not None:
                yield layer, several


@dataclass(frozen=True)
class NearMiss:
    """A statement that allows the action, but not this request.

    Attributes:
        statement: the statement.
        condition: the condition that does not hold; None if the resource is another.
    """

    statement: Statement
    condition: Condition | None


@dataclass(frozen=True)
class Verdict:
    """What IAM decides.

    Attributes:
        allowed: whether the request is allowed.
        layer: the kind of policy that decides.
        statement: the statement that decides; None where no statement allows.
        near: statements that nearly allow it, those first that miss by a condition only.
    """

    allowed: bool
    layer: Layer
    statement: Statement | None = None
    near: tuple[NearMiss, ...] = ()


def evaluate(request: Request, policies: Policies) -> Verdict:
    """Decide about a request as IAM does."""
    for layer, documents in policies.layers():
        for statement in _applying(request, documents, deny=True):
            return Verdict(False, layer, statement)
    required: list[tuple[Layer, Sequence[Policy] | None]] = [
        (Layer.RESOURCE_CONTROL, policies.resource_control),
        (Layer.SERVICE_CONTROL, None if request.caller.is_service else policies.service_control),
        (Layer.ENDPOINT, None if policies.endpoint is None else (policies.endpoint,)),
    ]
    for layer, given in required:
        if given is not None and _first(request, given) is None:
            return _denied(request, layer, given)
    return _granted(request, policies)


def _granted(request: Request, policies: Policies) -> Verdict:
    resource = () if policies.resource is None else (policies.resource,)
    named = _narrowest(request, resource)
    if request.caller.is_service or request.caller.is_token:
        if named is None:
            return _denied(request, Layer.RESOURCE, resource)
        return Verdict(True, Layer.RESOURCE, named[1])
    same_account = request.caller.account == request.resource_account
    # What a policy gives to the session itself, in its own account, is limited by nothing else.
    if same_account and named is not None and named[0] is Grantee.SESSION:
        return Verdict(True, Layer.RESOURCE, named[1])
    limits: list[tuple[Layer, Sequence[Policy] | None]] = [
        (Layer.BOUNDARY, None if policies.boundary is None else (policies.boundary,)),
        (Layer.SESSION, policies.session),
    ]
    by_identity = _first(request, policies.identity)
    by_resource = same_account and named is not None and named[0] is Grantee.ROLE
    if by_identity is None and not by_resource:
        return _denied(request, Layer.IDENTITY, policies.identity)
    for layer, given in limits:
        if given is not None and _first(request, given) is None:
            return _denied(request, layer, given)
    if by_resource:
        assert named is not None
        return Verdict(True, Layer.RESOURCE, named[1])
    own_policy_decides = request.action.lower().startswith(_OWN_POLICY_DECIDES)
    if named is None and (not same_account or own_policy_decides):
        return _denied(request, Layer.RESOURCE, resource)
    return Verdict(True, Layer.IDENTITY, by_identity)


def _applying(request: Request, policies: Iterable[Policy], *, deny: bool) -> Iterator[Statement]:
    for policy in policies:
        for statement in policy.statements:
            if (
                statement.deny == deny
                and statement.names_action(request.action)
                and statement.names_resource(request.resource, request.context)
                and statement.grantee(request.caller) is not None
                and statement.missed(request.context) is None
            ):
                yield statement


def _first(request: Request, policies: Iterable[Policy]) -> Statement | None:
    return next(_applying(request, policies, deny=False), None)


def _narrowest(request: Request, policies: Iterable[Policy]) -> tuple[Grantee, Statement] | None:
    found: tuple[Grantee, Statement] | None = None
    for statement in _applying(request, policies, deny=False):
        grantee = statement.grantee(request.caller)
        if grantee is not None and (found is None or grantee > found[0]):
            found = grantee, statement
    return found


def _denied(request: Request, layer: Layer, policies: Iterable[Policy]) -> Verdict:
    near = [
        NearMiss(statement, statement.missed(request.context) if on_resource else None)
        for policy in policies
        for statement in policy.statements
        if not statement.deny
        and statement.names_action(request.action)
        and statement.grantee(request.caller) is not None
        for on_resource in (statement.names_resource(request.resource, request.context),)
    ]
    near.sort(key=lambda one: one.condition is None)
    return Verdict(False, layer, None, tuple(near))
