"""What permissions are, as the templates of all environments say it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from operations.access.lake_formation import LakeFormation
from operations.access.network import Network
from operations.access.policy import Origin, Policy
from operations.access.resolver import Record, Resolver
from operations.access.role import Role, read_roles
from operations.access.sharing import shared_catalogs
from operations.assembly import Assembly
from sagemaker_platform.synthesized_stack import SynthesizedStack


@dataclass(frozen=True, eq=False)
class Bucket:
    """A bucket.

    Attributes:
        name: its name.
        account: the account that owns it.
        region: its region.
        key_arn: ARN of the key that encrypts objects by default; empty for Amazon S3's own.
        bucket_key: whether the encryption context is the bucket's ARN, not the object's.
        record: its resource.
    """

    name: str
    account: str
    region: str
    key_arn: str
    bucket_key: bool
    record: Record


@dataclass(frozen=True, eq=False)
class Environment:
    """One environment.

    Attributes:
        name: its name.
        account: the account of its stacks.
        region: the region of its stacks.
        partition: the partition of the region.
        records: its resources by type.
        network: its VPC; None if it makes none.
        roles: roles of its own by ARN.
        role_arns: ARNs of the roles of its account by name.
        key_aliases: ARNs of the keys of its account and region by alias.
    """

    name: str
    account: str
    region: str
    partition: str
    records: Mapping[str, Sequence[Record]] = field(repr=False)
    network: Network | None
    roles: Mapping[str, Role] = field(repr=False)
    role_arns: Mapping[str, str] = field(repr=False)
    key_aliases: Mapping[str, str] = field(repr=False)

    def canonical(self, arn: str) -> str:
        """Return the ARN that IAM checks for one that a request names.

        A request names a role without its path, and may name a key by an alias; a parameter's
        name begins with a slash that its ARN has once.
        """
        if ":parameter//" in arn:
            return arn.replace(":parameter//", ":parameter/")
        service, _, resource = arn.partition(":")[2].partition(":")[2].partition(":")
        name = resource.rpartition("/")[2]
        if service == "iam" and ":role/" in arn:
            return self.role_arns.get(name, arn)
        if service == "kms" and (":alias/" in arn or ":key/alias/" in arn):
            return self.key_aliases.get(f"alias/{arn.partition('alias/')[2]}", arn)
        return arn

    def key_arn(self, key: str) -> str:
        """Return the ARN of a key by its ARN, ID or alias."""
        if not key.startswith("arn:"):
            key = f"arn:{self.partition}:kms:{self.region}:{self.account}:key/{key}"
        return self.canonical(key)

    def of_type(self, *types: str) -> list[Record]:
        """Return its resources of some types."""
        return [record for one in types for record in self.records.get(one, ())]

    @cached_property
    def databases(self) -> Mapping[str, Mapping[str, Any]]:
        """Databases of the Glue catalog by name, as their templates describe them."""
        return {
            str(name): given
            for record in self.of_type("AWS::Glue::Database")
            for given in (record.properties.get("DatabaseInput", {}),)
            for name in (record.properties.get("DatabaseName"), given.get("Name"))
            if name
        }

    @property
    def resource_links(self) -> Mapping[str, tuple[str, str]]:
        """Account and name of the database that each resource link leads to."""
        return {
            name: (str(target["CatalogId"]), str(target["DatabaseName"]))
            for name, given in self.databases.items()
            if (target := given.get("TargetDatabase"))
        }

    @property
    def personas(self) -> dict[str, Role]:
        """The roles of people, by the name of the persona."""
        return {
            role.tags["persona"]: role for role in self.roles.values() if "persona" in role.tags
        }


class World:
    """All environments of an assembly.

    Attributes:
        environments: environments by name.
        roles: roles by ARN.
        buckets: buckets by name.
        resource_policies: policies of resources by ARN.
        resource_tags: tags of resources by ARN.
        lake_formation: what Lake Formation keeps.
        unresolved: values of templates that could not be resolved.
    """

    def __init__(
        self,
        records: Sequence[Record],
        *,
        unresolved: Sequence[str] = (),
        outputs: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
    ) -> None:
        """Collect what resources say about permissions.

        Args:
            records: resources of all environments, from templates or from a rehearsal.
            unresolved: values of templates that could not be resolved.
            outputs: outputs by environment, stack and name.
        """
        self.unresolved = unresolved
        self._outputs = outputs or {}
        self.resource_policies: dict[str, Policy] = {}
        for arn, policy in (*_resource_policies(records), *shared_catalogs(records)):
            known = self.resource_policies.get(arn)
            # Functions have a permission for each of their callers.
            self.resource_policies[arn] = known.joined(policy) if known else policy
        self.buckets = {
            record.ref: _bucket(record) for record in records if record.type == "AWS::S3::Bucket"
        }
        self.resource_tags = {record.arn: record.tags for record in records if record.arn}
        self.lake_formation = LakeFormation(records)
        roles = read_roles(records)
        self.roles = {role.arn: role for role in roles}
        self.environments = {}
        for name in dict.fromkeys(record.stack.environment for record in records):
            of_name = [record for record in records if record.stack.environment == name]
            stack = of_name[0].stack
            by_type: dict[str, list[Record]] = {}
            for record in of_name:
                by_type.setdefault(record.type, []).append(record)
            self.environments[name] = Environment(
                name,
                stack.account,
                stack.region,
                stack.partition,
                by_type,
                Network.read(of_name),
                {role.arn: role for role in roles if role.environment == name},
                {role.name: role.arn for role in roles if role.account == stack.account},
                {
                    record.properties["AliasName"]: str(record.properties["TargetKeyId"])
                    for record in by_type.get("AWS::KMS::Alias", ())
                },
            )

    @classmethod
    def of(cls, stacks: Sequence[SynthesizedStack]) -> "World":
        """Resolve the templates of stacks."""
        resolver = Resolver(stacks)
        records = list(resolver.records())
        outputs: dict[str, dict[str, dict[str, Any]]] = {}
        for stack in stacks:
            for name in stack.template.get("Outputs", {}):
                value = resolver.output(stack, name)
                of_environment = outputs.setdefault(stack.environment, {})
                of_environment.setdefault(stack.name, {})[name] = value
        return cls(records, unresolved=resolver.unresolved, outputs=outputs)

    @classmethod
    def read(cls, assembly: Path, environments: Iterable[str] = ()) -> "World":
        """Read a cloud assembly.

        Args:
            assembly: folder of the assembly.
            environments: names of environments; all if empty.

        Raises:
            LookupError: if the assembly has no environment of a name.
        """
        stacks = [stack.with_template() for stack in Assembly.read(assembly).stacks()]
        known = {stack.environment for stack in stacks}
        wanted = set(environments)
        if missing := sorted(wanted - known):
            raise LookupError(
                f"environments: got {', '.join(missing)}; must be of {', '.join(sorted(known))}."
            )
        return cls.of([one for one in stacks if not wanted or one.environment in wanted])

    def environment_with(self, account: str, database: str) -> Environment | None:
        """Return the environment that has a database of an account; None if no template has it."""
        return next(
            (
                one
                for one in self.environments.values()
                if one.account == account and database in one.databases
            ),
            None,
        )

    def outputs(self, environment: str) -> Mapping[str, Any]:
        """Return the outputs of an environment's stacks by name."""
        of_stacks = self._outputs.get(environment, {}).values()
        return {name: value for one in of_stacks for name, value in one.items()}

    def stack_outputs(self, environment: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the outputs of an environment by the name of the stack."""
        return self._outputs.get(environment, {})

    def resource_policy(self, arn: str) -> Policy | None:
        """Return the policy that decides about a resource; None if it has none.

        Objects have the policy of their bucket, tables of Glue that of the catalog, versions of a
        model that of their group.
        """
        parts = arn.split(":", 5)
        if len(parts) < 6:
            return None
        service, resource = parts[2], parts[5]
        if service in ("s3", "s3tables"):
            depth = 1 if service == "s3" else 2
            arn = ":".join([*parts[:5], "/".join(resource.split("/")[:depth])])
        elif service == "glue":
            arn = ":".join([*parts[:5], "catalog"])
        elif service == "sagemaker" and resource.startswith("model-package/"):
            group = resource.split("/")[1]
            arn = ":".join([*parts[:5], f"model-package-group/{group}"])
        elif service == "iam":
            return self.roles[arn].trust if arn in self.roles else None
        return self.resource_policies.get(arn)

    def role(self, environment: str, persona: str) -> Role:
        """Return the role of a persona of an environment.

        Raises:
            LookupError: if the environment has no such persona.
        """
        personas = self.environments[environment].personas
        if persona not in personas:
            raise LookupError(
                f"persona: got {persona!r}; must be one of {', '.join(sorted(personas))}."
            )
        return personas[persona]


def _resource_policies(records: Iterable[Record]) -> Iterable[tuple[str, Policy]]:
    for record in records:
        properties, stack = record.properties, record.stack
        match record.type:
            case "AWS::S3::BucketPolicy":
                arns = [f"arn:{stack.partition}:s3:::{properties['Bucket']}"]
                document = properties["PolicyDocument"]
            case "AWS::KMS::Key":
                arns = [
                    f"arn:{stack.partition}:kms:{stack.region}:{stack.account}:key/{record.ref}"
                ]
                document = properties["KeyPolicy"]
            # Without a policy, they are closed to other accounts.
            case "AWS::SageMaker::ModelPackageGroup":
                arns, document = [record.arn], properties.get("ModelPackageGroupPolicy", {})
            case "AWS::ECR::Repository":
                arns, document = [record.arn], properties.get("RepositoryPolicyText", {})
            case "AWS::SNS::TopicPolicy":
                arns, document = properties["Topics"], properties["PolicyDocument"]
            case "AWS::SQS::QueuePolicy":
                arns = [_queue_arn(url, stack) for url in properties["Queues"]]
                document = properties["PolicyDocument"]
            case "AWS::S3Tables::TableBucketPolicy":
                arns, document = [properties["TableBucketARN"]], properties["ResourcePolicy"]
            case "Custom::GlueCatalogPolicy":
                arns = [f"arn:{stack.partition}:glue:{stack.region}:{stack.account}:catalog"]
                document = {"Version": "2012-10-17", "Statement": properties["Statements"]}
            case "Custom::EndpointPolicies":
                for endpoint, given in properties["Policies"].items():
                    arn = f"arn:{stack.partition}:sagemaker:{stack.region}:{stack.account}"
                    of_endpoint = {"Version": "2012-10-17", "Statement": given["Statements"]}
                    origin = Origin(stack.name, record.logical_id, record.path)
                    yield f"{arn}:endpoint/{endpoint}", Policy.parse(of_endpoint, origin)
                continue
            case "AWS::Lambda::Permission":
                name = properties["FunctionName"]
                prefix = f"arn:{stack.partition}:lambda:{stack.region}:{stack.account}:function:"
                arns = [name if name.startswith("arn:") else prefix + name]
                document = _lambda_permission(properties, arns[0])
            case _:
                continue
        policy = Policy.parse(document, Origin(stack.name, record.logical_id, record.path))
        for arn in arns:
            yield arn, policy


def _queue_arn(url: str, stack: SynthesizedStack) -> str:
    account, name = url.rsplit("/", 2)[-2:]
    return f"arn:{stack.partition}:sqs:{stack.region}:{account}:{name}"


def _lambda_permission(properties: Mapping[str, Any], arn: str) -> dict[str, Any]:
    principal = properties["Principal"]
    service = principal.endswith(".amazonaws.com")
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": properties["Action"],
        "Principal": {"Service" if service else "AWS": principal},
        "Resource": arn,
    }
    if "SourceArn" in properties:
        statement["Condition"] = {"ArnLike": {"aws:SourceArn": properties["SourceArn"]}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _bucket(record: Record) -> Bucket:
    rules = record.properties.get("BucketEncryption", {}).get(
        "ServerSideEncryptionConfiguration", [{}]
    )
    key = rules[0].get("ServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", "")
    if key and not key.startswith("arn:"):
        stack = record.stack
        key = f"arn:{stack.partition}:kms:{stack.region}:{stack.account}:key/{key}"
    return Bucket(
        record.ref,
        record.stack.account,
        record.stack.region,
        key,
        bool(rules[0].get("BucketKeyEnabled")),
        record,
    )
