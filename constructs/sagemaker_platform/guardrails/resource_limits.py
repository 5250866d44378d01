"""What AWS accepts in one resource, counted in a template: tags, and rules of security groups.

Sources, read 2026-11-27: "Tag naming limits and requirements" in the guide "Tagging AWS Resources";
"Amazon VPC quotas" in the VPC user guide.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_platform.guardrails.document_rules import DocumentFinding

_TAGS = 50
_GROUP_RULES = 60

RULES = {
    "RESOURCE_TAGS": f"must be at most {_TAGS} tags. Remove some of `tags` in the settings",
    "SECURITY_GROUP_RULES": f"must be at most {_GROUP_RULES} rules in one direction. Join ranges, "
    "use a prefix list, or move rules to a further security group. If AWS raised this quota of the "
    "account, acknowledge the finding with that reason",
}


def check_resource_limits(template: Mapping[str, Any]) -> Iterator[DocumentFinding]:
    """Check the number of tags of each resource, and of the rules of each security group."""
    rules: Counter[tuple[str, str]] = Counter()
    for logical_id, resource in template.get("Resources", {}).items():
        properties, kind = resource.get("Properties", {}), resource["Type"]
        tags = properties.get("Tags")
        if isinstance(tags, list | Mapping) and len(tags) > _TAGS:
            yield _finding("RESOURCE_TAGS", logical_id, "Properties.Tags", len(tags))
        for direction in ("Ingress", "Egress"):
            if kind == "AWS::EC2::SecurityGroup":
                inline = properties.get(f"SecurityGroup{direction}", [])
                rules[logical_id, direction] += len(inline)
            elif kind == f"AWS::EC2::SecurityGroup{direction}":
                group = properties.get("GroupId")
                if isinstance(group, Mapping) and "Fn::GetAtt" in group:
                    rules[group["Fn::GetAtt"][0], direction] += 1
    for (logical_id, direction), count in rules.items():
        if count > _GROUP_RULES:
            path = f"Properties.SecurityGroup{direction}"
            yield _finding("SECURITY_GROUP_RULES", logical_id, path, count)


def _finding(rule: str, logical_id: str, path: str, found: int) -> DocumentFinding:
    return DocumentFinding(
        rule=rule, logical_id=logical_id, path=path, message=f"got {found}; {RULES[rule]}."
    )
