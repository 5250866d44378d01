"""Whether AWS would authorize an API call, with everything that services do after it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from operations.access.call import Call
from operations.access.check import DIRECT, Check, Decision, Outcome, decide
from operations.access.evaluation import Layer, Policies, Request, evaluate
from operations.access.facts import Facts, Fields
from operations.access.lake_formation import Data, Grant, Location
from operations.access.network import Endpoint
from operations.access.operation import Need, UnmappedError, endpoint_service, fill, needs
from operations.access.policy import Policy
from operations.access.principal import Caller
from operations.access.role import Role
from operations.access.session import Session
from operations.access.tables import table
from operations.access.world import Environment, World


class Authorizer:
    """Decides about calls.

    Args:
        world: all environments.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules: list[dict[str, Any]] = table("forward")

    def authorize(self, call: Call, session: Session) -> Outcome:
        """Decide about a call."""
        environment = session.environment
        try:
            direct = needs(call, environment)
        except UnmappedError as gap:
            return Outcome(call, Decision.UNDECIDED, gap=str(gap))
        reachable, endpoint = self._way(call, session)
        if not reachable:
            reason = "no VPC endpoint and no NAT gateway lead to the service"
            check = Check("network", call.service, "", session.role.arn, False, reason)
            return Outcome(call, Decision.UNREACHABLE, (check,))
        checks = [self._direct(need, session, endpoint) for need in direct]
        if all(check.allowed for check in checks):
            try:
                checks += self._forward(call, direct, session)
            except UnmappedError as gap:
                return Outcome(call, Decision.UNDECIDED, tuple(checks), str(gap))
        return Outcome(call, decide(checks), tuple(checks))

    def authorize_need(self, need: Need, session: Session) -> Outcome:
        """Decide about one action, where the call that needs it is not known."""
        call = Call("", need.action)
        checks = [self._direct(need, session, None)]
        if checks[0].allowed:
            checks += self._forward(call, [need], session)
        return Outcome(call, decide(checks), tuple(checks))

    def follow(
        self, rule: Mapping[str, Any], fields: Fields, environment: Environment
    ) -> list[Check]:
        """Return the checks of a rule that no call of a person sets off, such as of a schedule.

        Args:
            rule: its steps, each with the role that it runs `as`.
            fields: what fills the steps.
            environment: where the role is.
        """
        no_call = Call("", rule["id"])
        return [
            check
            for step in rule["steps"]
            for check, _ in self._step(rule, step, fields, no_call, environment, None, "")
        ]

    def _way(self, call: Call, session: Session) -> tuple[bool, Endpoint | None]:
        network = session.environment.network
        if not session.in_network or network is None:
            return True, None
        service = endpoint_service(call.service, session.environment.region)
        endpoint = network.endpoints.get(service) if service else None
        return endpoint is not None or not network.closed, endpoint

    def _direct(self, need: Need, session: Session, endpoint: Endpoint | None) -> Check:
        context = {**need.context}
        network = session.environment.network
        if endpoint is not None and network is not None:
            context |= {"aws:sourcevpc": network.vpc, "aws:sourcevpce": endpoint.id}
        policy = endpoint.policy if endpoint else None
        return self._iam(need, session.role.arn, context, session.environment, session, policy)

    def _forward(self, call: Call, direct: list[Need], session: Session) -> Iterator[Check]:
        facts = Facts(self._world, session.environment, call, direct, session.role.arn)
        causes: list[tuple[str, Need | None, str, bool]] = [(str(call), None, "", False)]
        causes += [(need.action, need, session.role.arn, False) for need in direct]
        while causes:
            name, cause, principal, late = causes.pop(0)
            for rule in self._rules:
                if not any(fnmatchcase(name, pattern) for pattern in rule["after"]):
                    continue
                for fields in facts.of(rule["for"], cause):
                    for step in rule["steps"]:
                        who = principal or session.role.arn
                        place = session.environment
                        for check, need in self._step(
                            rule, step, fields, call, place, session, who
                        ):
                            # An upload that fails after the call fails later, with its key.
                            one = Check(**{**vars(check), "late": check.late or late})
                            yield one
                            if one.allowed and need is not None:
                                causes.append((need.action, need, one.principal, one.late))

    def _step(
        self,
        rule: Mapping[str, Any],
        step: Mapping[str, Any],
        fields: Fields,
        call: Call,
        environment: Environment,
        session: Session | None,
        principal: str,
    ) -> Iterator[tuple[Check, Need | None]]:
        if ("if" in step and not fields.get(step["if"])) or fields.get(step.get("unless", "")):
            return
        of_step = Call(call.service, call.operation, {**fields})
        late = not step.get("call")
        if "refused" in step:
            yield (
                Check(
                    rule["id"],
                    call.operation,
                    fields["objects"],
                    principal,
                    False,
                    step["refused"],
                    late,
                    rule["certainty"],
                    rule["source"],
                ),
                None,
            )
            return
        if "as" in step:
            principal = "".join(fill(step["as"], of_step, environment))
        if "formation" in step:
            yield self._formation(rule, step, fields, principal, late), None
            return
        context = {
            name: filled[0]
            for name, form in step.get("context", {}).items()
            if (filled := fill(form, of_step, environment))
        }
        if "via" in step:
            (via,) = fill(step["via"], of_step, environment)
            context |= {
                "kms:ViaService": via,
                "aws:ViaAWSService": "true",
                "aws:CalledVia": via.replace(f".{environment.region}", ""),
            }
        context = {name.lower(): value for name, value in context.items()}
        given = step["resource"]
        forms = given if isinstance(given, list) else [given]
        nothing = [f"{{{name}}}" for name, value in fields.items() if value == []]
        forms = [form for form in forms if not any(name in form for name in nothing)]
        for resource in [one for form in forms for one in fill(form, of_step, environment)]:
            need = Need(step["action"], environment.canonical(resource), context)
            check = self._iam(need, principal, context, environment, session, None)
            other = "".join(fill(step["or_as"], of_step, environment)) if "or_as" in step else ""
            if not check.allowed and other:
                second = self._iam(need, other, context, environment, session, None)
                check = second if second.allowed else check
            about = {
                "rule": rule["id"],
                "late": late,
                "certainty": rule["certainty"],
                "source": rule["source"],
            }
            yield Check(**{**vars(check), **about}), need

    def _formation(
        self,
        rule: Mapping[str, Any],
        step: Mapping[str, Any],
        fields: Fields,
        principal: str,
        late: bool,
    ) -> Check:
        formation = self._world.lake_formation
        data: Data = fields["data"]
        location: Location | None = fields.get("location")
        permission = step["formation"]
        found: Grant | str | None
        match step.get("of", "table"):
            case "location":
                found = formation.location_grant(principal, fields["location_arn"])
                on = fields["location_arn"]
            case "link":
                link: Data = fields["link"]
                data = Data(link.catalog, link.database)
                found = formation.grant_for(principal, permission, data)
                on = f"the resource link {data}"
            case "database":
                of_database = Data(data.catalog, data.database)
                found = formation.grant_for(principal, permission, of_database)
                on = str(of_database)
            case _:
                # Each column that is read needs a grant, which need not be the same one.
                parts = [replace(data, column=one) for one in fields.get("columns", ())] or [data]
                grants = [self._on_table(principal, step, one) for one in parts]
                missing = [one for one, grant in zip(parts, grants, strict=True) if grant is None]
                found, on = (None, str(missing[0])) if missing else (grants[0], str(data))
        # A link is closed to all but its creator, whatever the mode.
        closed = step.get("of") == "link" or formation.decides(principal, data, location)
        if found is None and not closed:
            found = "IAM alone decides for this principal, in hybrid mode"
        allowed = found is not None
        return Check(
            rule["id"],
            f"Lake Formation {permission}",
            on,
            principal,
            allowed,
            found if found is not None else f"no grant of {permission}",
            late,
            rule["certainty"],
            rule["source"],
        )

    def _on_table(self, principal: str, step: Mapping[str, Any], data: Data) -> Grant | None:
        formation = self._world.lake_formation
        found = formation.grant_for(principal, step["formation"], data)
        if found is None and "or" in step:
            return formation.grant_for(principal, step["or"], data)
        return found

    def _iam(
        self,
        need: Need,
        principal: str,
        context: Mapping[str, str | list[str]],
        environment: Environment,
        session: Session | None,
        endpoint: Policy | None,
    ) -> Check:
        world, action, resource = self._world, need.action, need.resource
        role = world.roles.get(principal)
        owner = _owner(resource, environment, world)
        resource_policy = world.resource_policy(resource)
        if role is None and principal.startswith("arn:"):
            reason = f"{principal} is not a role of these environments: its policies are unknown"
            return Check(DIRECT, action, resource, principal, False, reason, undecided=True)
        tags = world.resource_tags.get(resource, {})
        full = {
            **_of_every_request(environment),
            "aws:resourceaccount": owner,
            **{f"aws:resourcetag/{name.lower()}": value for name, value in tags.items()},
            **context,
        }
        if role is None:
            full["aws:principalisawsservice"] = "true"
            caller, policies = Caller(principal), Policies(resource=resource_policy)
        else:
            own = session if session is not None and role is session.role else None
            caller = own.caller if own else Caller.session(role.arn, "service")
            full |= _of_role(role, caller)
            if own:
                full |= {name.lower(): value for name, value in own.context.items()}
            policies = Policies(role.policies, role.boundary, None, resource_policy, endpoint)
        verdict = evaluate(Request(caller, action, resource, owner, full), policies)
        if role is not None and role.unknown_boundary and verdict.allowed:
            reason = f"no template has the permissions boundary {role.unknown_boundary}"
            return Check(DIRECT, action, resource, principal, False, reason, undecided=True)
        # A key, a role or another account's resource that no template makes has its own policy.
        unknown = (role is not None and bool(role.unknown)) or (
            resource_policy is None and verdict.layer is Layer.RESOURCE
        )
        return Check(
            DIRECT, action, resource, principal, verdict.allowed, verdict, undecided=unknown
        )


def _owner(resource: str, environment: Environment, world: World) -> str:
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return environment.account
    if parts[2] == "s3" and not parts[4]:
        bucket = world.buckets.get(parts[5].partition("/")[0])
        return bucket.account if bucket else environment.account
    # An account owns the invitations that it received.
    if parts[2] == "ram" and parts[5].startswith("resource-share-invitation/"):
        return environment.account
    return parts[4] if parts[4].isdigit() else environment.account


def _of_every_request(environment: Environment) -> dict[str, str | list[str]]:
    defaults = {
        key.lower(): row["default"]
        for key, row in table("condition_keys").items()
        if "default" in row and "request" not in row
    }
    return {
        **defaults,
        "aws:requestedregion": environment.region,
        "aws:principalisawsservice": "false",
        "aws:viaawsservice": "false",
    }


def _of_role(role: Role, caller: Caller) -> dict[str, str | list[str]]:
    tags = {f"aws:principaltag/{name.lower()}": value for name, value in role.tags.items()}
    return {
        **tags,
        "aws:principalarn": role.arn,
        "aws:principalaccount": role.account,
        "aws:userid": f"AROA{role.name.upper()}:{caller.arn.rpartition('/')[2]}",
        "kms:calleraccount": role.account,
    }
