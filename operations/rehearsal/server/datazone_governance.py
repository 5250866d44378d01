"""The catalog's glossaries, terms, forms and rules in DataZone, and what the service refuses.

Refused are names that exist, projects that are gone or have no grant, terms of a disabled
glossary, forms and terms that do not exist, equal rules, and the deletion of what is in use.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

from operations.rehearsal.server.api_error import ApiError
from operations.rehearsal.server.fake import TypeFacts
from operations.rehearsal.server.owner import Owner
from operations.rehearsal.server.records import Record, Records
from operations.rehearsal.server.store import Store
from operations.rehearsal.server.wire import service_model

Item = dict[str, Any]

GOVERNED = (
    *(
        f"{verb}{noun}"
        for verb in ("Create", "Delete", "Get", "Update")
        for noun in ("Glossary", "GlossaryTerm", "Rule")
    ),
    "ListRules",
    "Search",
)
_CHANGEABLE = {
    "Glossary": ("name", "description", "status"),
    "GlossaryTerm": ("name", "shortDescription", "longDescription", "status", "termRelations"),
    "Rule": ("name", "description", "scope", "detail"),
}


class Governance:
    """The catalog of the domains of one account and region.

    Args:
        records: all records.
        owner: the account and region.
    """

    def __init__(self, records: Records, owner: Owner) -> None:
        self._records, self._owner = records, owner
        self._store = Store("datazone", records, owner)

    def answer(self, operation: str, given: Item) -> Item:
        """Return the output of a call.

        Raises:
            ApiError: if DataZone refuses it.
        """
        shape = service_model("datazone").operation_model(operation).output_shape
        found = self._answer(operation, given)
        return {key: value for key, value in found.items() if key in shape.members}

    def _answer(self, operation: str, given: Item) -> Item:
        if operation == "ListRules":
            unit = given["targetIdentifier"]
            return {"items": [one for one in self._store.all("Rule") if _unit(one) == unit]}
        if operation == "Search":
            noun = "Glossary" if given["searchScope"] == "GLOSSARY" else "GlossaryTerm"
            member = f"{noun[0].lower()}{noun[1:]}Item"
            return {"items": [{member: one} for one in self._store.all(noun)]}
        verb = next(one for one in ("Create", "Delete", "Get", "Update") if one in operation)
        noun = operation.removeprefix(verb)
        if verb == "Create":
            return self._create(noun, given)
        found = self._store.get(noun, given["identifier"])
        if found is None:
            raise ApiError("ResourceNotFoundException", f"{noun} was not found")
        if verb == "Delete":
            self._check_unused(noun, found)
            self._store.remove(noun, given["identifier"])
            return {}
        if verb == "Update":
            found = {**found, **{key: given[key] for key in _CHANGEABLE[noun] if key in given}}
            self._check(noun, found)
            self._store.put(noun, given["identifier"], found)
        return found

    def _create(self, noun: str, given: Item) -> Item:
        domain = given["domainIdentifier"]
        places = {
            "Glossary": "owningProjectIdentifier",
            "GlossaryTerm": "glossaryIdentifier",
            "Rule": "target",
        }
        place = given[places[noun]]
        text = json.dumps([noun, domain, place, given["name"], time.time()], sort_keys=True)
        identifier = hashlib.sha256(text.encode()).hexdigest()[:14]
        made = {
            "domainId": domain,
            "status": "ENABLED",
            **{key: given[key] for key in _CHANGEABLE[noun] if key in given},
        }
        if noun == "Rule":
            made |= _rule(identifier, given)
        else:
            key = "owningProjectId" if noun == "Glossary" else "glossaryId"
            made |= {"id": identifier, key: place}
        if noun == "Glossary":
            self._check_project(place, "CREATE_GLOSSARY")
        self._check(noun, made)
        self._store.put(noun, identifier, made)
        return made

    def _check(self, noun: str, made: Item) -> None:
        key = "identifier" if noun == "Rule" else "id"
        others = [one for one in self._store.all(noun) if one[key] != made[key]]
        if noun == "Rule":
            self._check_rule(made, others)
            return
        place = "domainId" if noun == "Glossary" else "glossaryId"
        if any((one["name"], one[place]) == (made["name"], made[place]) for one in others):
            raise ApiError("ConflictException", f"A {noun} of the name {made['name']} exists")
        if noun == "GlossaryTerm":
            glossary = self._store.get("Glossary", made["glossaryId"])
            if glossary is None or glossary["status"] == "DISABLED":
                raise ApiError("ValidationException", "The glossary is gone or disabled")
            for related in (made.get("termRelations") or {}).values():
                for term in related:
                    self._check_term(term)

    def _check_rule(self, made: Item, others: list[Item]) -> None:
        for term in _terms(made):
            self._check_term(term)
        forms = {one.view["Name"]: one.view["Revision"] for one in self._of("FormType")}
        for form in _forms(made):
            if forms.get(form["typeIdentifier"]) != form["typeRevision"]:
                raise ApiError("ResourceNotFoundException", f"Form {form} was not found")
            for other in others:
                same = (_unit(other), other["action"]) == (_unit(made), made["action"])
                if same and form in _forms(other):
                    raise ApiError(
                        "ConflictException",
                        f"Rule with action {made['action']} and metadata form {form} already "
                        "exists in domain units hierarchy",
                    )

    def _check_term(self, identifier: str) -> None:
        term = self._store.get("GlossaryTerm", identifier)
        if term is None or term["status"] == "DISABLED":
            raise ApiError("ValidationException", f"Term {identifier} is gone or disabled")

    def _check_project(self, project: str, policy: str) -> None:
        """Refuse a project that is gone, or whose members have no grant of a policy."""
        if project not in (one.view["Id"] for one in self._of("Project")):
            raise ApiError("ValidationException", f"Project {project} was not found")
        for grant in self._of("PolicyGrant"):
            granted = grant.properties["Principal"].get("Project") or {}
            if grant.properties["PolicyType"] == policy and (
                granted.get("ProjectIdentifier") in (None, project)
            ):
                return
        raise ApiError("AccessDeniedException", f"Project {project} has no grant of {policy}")

    def _check_unused(self, noun: str, found: Item) -> None:
        if noun == "Glossary":
            if any(one["glossaryId"] == found["id"] for one in self._store.all("GlossaryTerm")):
                raise ApiError("ConflictException", "The glossary has terms")
            if any(found["id"] in _model(one) for one in self._of("FormType")):
                raise ApiError("ConflictException", "A metadata form has the glossary")
            if found["status"] == "ENABLED":
                raise ApiError("ValidationException", "The glossary is not disabled")
        if noun == "GlossaryTerm":
            terms = self._store.all("GlossaryTerm")
            users = [
                *(json.dumps(one.get("termRelations")) for one in terms if one != found),
                *(json.dumps(one["detail"]) for one in self._store.all("Rule")),
                *(_filled(one) for one in self._of("DataSource")),
            ]
            if found.get("termRelations") or any(found["id"] in text for text in users):
                raise ApiError("ConflictException", f"Term {found['name']} is in use")

    def check_form(self, record: Record) -> None:
        """Refuse a new metadata form."""
        properties = record.properties
        for other in self._of("FormType"):
            if other is not record and other.properties["Name"] == properties["Name"]:
                raise ApiError("ConflictException", "A metadata form of the name exists")
        self._check_project(properties["OwningProjectIdentifier"], "CREATE_FORM_TYPE")
        for glossary in self._store.all("Glossary"):
            if glossary["id"] in _model(record) and glossary["status"] == "DISABLED":
                raise ApiError("ValidationException", "The glossary is disabled")

    def check_form_unused(self, record: Record) -> None:
        """Refuse the deletion of a metadata form that rules or data sources have."""
        name = record.properties["Name"]
        rules = [one["name"] for one in self._store.all("Rule") if name in json.dumps(one)]
        sources = [
            one.properties["Name"]
            for one in self._of("DataSource")
            if name in json.dumps(one.properties.get("AssetFormsInput"))
        ]
        if rules or sources:
            raise ApiError("ConflictException", f"{name} is in use by {[*rules, *sources]}")

    def check_source(self, record: Record) -> None:
        """Refuse a data source with a connection or form that does not exist, or other fields."""
        wanted = record.properties["ConnectionIdentifier"]
        if wanted not in (one.view["ConnectionId"] for one in self._of("Connection")):
            raise ApiError("ResourceNotFoundException", f"Connection {wanted} was not found")
        forms = {one.view["Name"]: one for one in self._of("FormType")}
        for one in record.properties.get("AssetFormsInput") or []:
            form = forms.get(one["TypeIdentifier"])
            if form is None or form.view["Revision"] != one["TypeRevision"]:
                raise ApiError("ValidationException", f"Form {one['FormName']} was not found")
            for field in json.loads(one["Content"]):
                if f"    {field}: " not in _model(form):
                    raise ApiError("ValidationException", f"The form has no field {field}")

    def check_empty(self, project: str) -> None:
        """Refuse the deletion of a project that owns a part of the catalog."""
        owned = [
            one["name"] for one in self._store.all("Glossary") if one["owningProjectId"] == project
        ]
        owned += [
            one.properties["Name"]
            for one in self._of("FormType")
            if one.properties["OwningProjectIdentifier"] == project
        ]
        if owned:
            raise ApiError("ValidationException", f"The project owns {', '.join(owned)}")

    def _of(self, noun: str) -> list[Record]:
        return [
            one
            for one in self._records.of(self._owner.account, self._owner.region)
            if one.kind == f"AWS::DataZone::{noun}"
        ]


def _of(record: Record, records: Records) -> Governance:
    owner = Owner(record.account, record.region, record.stack, record.logical_id)
    return Governance(records, owner)


def _form_attributes(properties: Mapping[str, Any]) -> Item:
    """Return the attributes of a metadata form: each change is a new revision."""
    text = json.dumps(properties["Model"], sort_keys=True)
    return {
        "DomainId": properties["DomainIdentifier"],
        "FormTypeIdentifier": properties["Name"],
        "Revision": hashlib.sha256(text.encode()).hexdigest()[:8],
    }


def source_created(record: Record, records: Records) -> None:
    """Refuse a new data source."""
    _of(record, records).check_source(record)


FORM = TypeFacts(
    why_kept="describes assets of a domain that is kept",
    derive=_form_attributes,
    created=lambda record, records: _of(record, records).check_form(record),
    deleted=lambda record, records: _of(record, records).check_form_unused(record),
)
"""Facts about `AWS::DataZone::FormType`."""


def _rule(identifier: str, given: Item) -> Item:
    of_forms = "metadataFormEnforcementDetail" in given["detail"]
    return {
        "identifier": identifier,
        "revision": "1",
        "ruleType": f"{'METADATA_FORM' if of_forms else 'GLOSSARY_TERM'}_ENFORCEMENT",
        "targetType": "DOMAIN_UNIT",
        "target": given["target"],
        "action": given["action"],
        "createdAt": time.time(),
        "updatedAt": time.time(),
        "createdBy": "a-stack",
        "lastUpdatedBy": "a-stack",
    }


def _unit(rule: Item) -> str:
    return str(rule["target"]["domainUnitTarget"]["domainUnitId"])


def _forms(rule: Item) -> list[Item]:
    detail = rule["detail"].get("metadataFormEnforcementDetail") or {}
    return list(detail.get("requiredMetadataForms") or [])


def _terms(rule: Item) -> list[str]:
    detail = rule["detail"].get("glossaryTermEnforcementDetail") or {}
    return list(detail.get("requiredGlossaryTermIds") or [])


def _model(form: Record) -> str:
    return str(form.properties["Model"]["Smithy"])


def _filled(source: Record) -> str:
    return json.dumps(source.properties.get("AssetFormsInput"))
