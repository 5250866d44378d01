"""A rule that demands metadata before publishing or subscribing."""

from collections.abc import Mapping
from typing import Any

from ..common.calls import Caller, client
from ..common.waiting import Item
from . import catalog
from .catalog import RULE

_TYPES = {"Forms": "METADATA_FORM_ENFORCEMENT", "Terms": "GLOSSARY_TERM_ENFORCEMENT"}


def step(event: Mapping[str, Any], caller: Caller) -> None:
    """Make the rule as wanted, or on a deletion delete it.

    Properties: `Domain`; `Unit`, ID of the domain unit; `Name`, `Description`; `Action`; `Forms`,
    names and revisions of metadata forms, or `Terms`, IDs of terms; `AssetTypes` and `Projects`,
    or empty for all; `DataProducts`. AWS cannot move a rule to another unit, action or kind of
    demand, and refuses two rules that demand the same: such a rule is deleted before the new one
    is created.

    Raises:
        InUseError: another rule demands the same.
        CustomResourceError: AWS refuses the rule.
    """
    properties: Item = event["ResourceProperties"]
    before: Item = event.get("OldResourceProperties") or {}
    domain = properties["Domain"]
    wanted = _wanted(properties)
    kind = _TYPES["Forms" if properties.get("Forms") else "Terms"]
    kept = None
    for unit in dict.fromkeys([properties["Unit"], before.get("Unit", properties["Unit"])]):
        for one in _listed(domain, unit, caller):
            if one["name"] not in (properties["Name"], before.get("Name")):
                continue
            same = (unit, one["action"], one["ruleType"]) == (
                properties["Unit"],
                properties["Action"],
                kind,
            )
            if same and kept is None and event["RequestType"] != "Delete":
                kept = one["identifier"]
            else:
                catalog.delete(RULE, domain, one["identifier"], one["name"], caller)
    if event["RequestType"] == "Delete":
        return
    found = catalog.read(RULE, domain, kept, caller) if kept else None
    if found is None:
        target = {"domainUnitId": properties["Unit"], "includeChildDomainUnits": True}
        new = {**wanted, "action": properties["Action"], "target": {"domainUnitTarget": target}}
        catalog.create(RULE, domain, new, caller)
        return
    inside = (found["target"].get("domainUnitTarget") or {}).get("includeChildDomainUnits")
    catalog.update(
        RULE,
        domain,
        found["identifier"],
        {**found, "includeChildDomainUnits": inside},
        {**wanted, "includeChildDomainUnits": True},
        caller,
    )


def _wanted(properties: Item) -> Item:
    types, projects = properties.get("AssetTypes"), properties.get("Projects")
    detail: Item
    if forms := properties.get("Forms"):
        required = [
            {"typeIdentifier": one["Name"], "typeRevision": one["Revision"]} for one in forms
        ]
        detail = {"metadataFormEnforcementDetail": {"requiredMetadataForms": required}}
    else:
        terms = {"requiredGlossaryTermIds": properties["Terms"]}
        detail = {"glossaryTermEnforcementDetail": terms}
    return {
        "name": properties["Name"],
        "description": properties["Description"],
        "scope": {
            "assetType": _selected("specificAssetTypes", types),
            "dataProduct": properties["DataProducts"] == "true",
            "project": _selected("specificProjects", projects),
        },
        "detail": detail,
    }


def _selected(key: str, values: list[str] | None) -> Item:
    return {"selectionMode": "SPECIFIC", key: values} if values else {"selectionMode": "ALL"}


def _listed(domain: str, unit: str, caller: Caller) -> list[Item]:
    return list(
        caller.list_all(
            client("datazone").list_rules,
            "items",
            "nextToken",
            "nextToken",
            domainIdentifier=domain,
            targetType="DOMAIN_UNIT",
            targetIdentifier=unit,
        )
    )
