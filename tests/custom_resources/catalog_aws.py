"""The catalog of a domain in memory: glossaries, terms and rules, with what AWS refuses."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.custom_resources.fake_aws import FakeAws, Item, failure

DOMAIN = "dzd-0123456789abcd"
_NOW = datetime.fromtimestamp(0, tz=UTC)


@dataclass
class CatalogAws(FakeAws):
    """Glossaries, terms and rules of one domain.

    Attributes:
        glossaries: glossaries by ID.
        terms: terms by ID.
        rules: rules by ID.
        used: IDs of terms that assets have.
        search_delay: seconds after which a search finds what is new.
        deletes_disabled_terms_only: whether AWS refuses to delete a term that is enabled.
    """

    glossaries: dict[str, Item] = field(default_factory=dict)
    terms: dict[str, Item] = field(default_factory=dict)
    rules: dict[str, Item] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    search_delay: float = 0.0
    deletes_disabled_terms_only: bool = False
    made: int = 0

    def _id(self) -> str:
        self.made += 1
        return f"id{self.made}"

    def _of(self, things: dict[str, Item], key: str) -> Item:
        if key not in things:
            raise failure("ResourceNotFoundException", f"{key} was not found")
        return things[key]

    def add_glossary(self, name: str, project: str = "governance") -> str:
        made = self._id()
        self.glossaries[made] = {
            "domainId": DOMAIN,
            "id": made,
            "name": name,
            "owningProjectId": project,
            "status": "ENABLED",
            "born": self.now,
        }
        return made

    def create_glossary(self, **given: Any) -> Item:
        if any(one["name"] == given["name"] for one in self.glossaries.values()):
            raise failure("ConflictException", "A glossary of the name exists")
        made = self.add_glossary(given["name"], given["owningProjectIdentifier"])
        self.glossaries[made] |= {
            key: given[key] for key in ("description", "status") if key in given
        }
        return self._shown(self.glossaries[made])

    def get_glossary(self, **given: str) -> Item:
        return self._shown(self._of(self.glossaries, given["identifier"]))

    def update_glossary(self, **given: str) -> Item:
        one = self._of(self.glossaries, given["identifier"])
        one |= {key: given[key] for key in ("name", "description", "status") if key in given}
        return self._shown(one)

    def delete_glossary(self, **given: str) -> Item:
        one = self._of(self.glossaries, given["identifier"])
        if any(term["glossaryId"] == one["id"] for term in self.terms.values()):
            raise failure("ConflictException", "The glossary has terms")
        if one["status"] == "ENABLED":
            raise failure("ValidationException", "The glossary must be disabled")
        del self.glossaries[one["id"]]
        return {}

    def create_glossary_term(self, **given: Any) -> Item:
        glossary = self._of(self.glossaries, given["glossaryIdentifier"])
        if glossary["status"] == "DISABLED":
            raise failure("ValidationException", "The glossary is disabled")
        if self._named(glossary["id"], given["name"]):
            raise failure("ConflictException", "A term of the name exists")
        made = self._id()
        self.terms[made] = {
            "domainId": DOMAIN,
            "id": made,
            "glossaryId": glossary["id"],
            "born": self.now,
            **{key: given[key] for key in _TERM if key in given},
        }
        return self._shown(self.terms[made])

    def _named(self, glossary: str, name: str) -> list[str]:
        return [
            key
            for key, one in self.terms.items()
            if (one["glossaryId"], one["name"]) == (glossary, name)
        ]

    def get_glossary_term(self, **given: str) -> Item:
        return self._shown(self._of(self.terms, given["identifier"]))

    def update_glossary_term(self, **given: Any) -> Item:
        one = self._of(self.terms, given["identifier"])
        if set(self._named(one["glossaryId"], given.get("name", ""))) - {one["id"]}:
            raise failure("ConflictException", "A term of the name exists")
        for related in (given.get("termRelations") or {}).values():
            assert set(related) <= set(self.terms)
        one |= {key: given[key] for key in _TERM if key in given}
        return self._shown(one)

    def delete_glossary_term(self, **given: str) -> Item:
        one = self._of(self.terms, given["identifier"])
        linked = [
            other["name"]
            for other in self.terms.values()
            for related in (other.get("termRelations") or {}).values()
            if one["id"] in related or (related and other is one)
        ]
        if one["id"] in self.used or linked:
            raise failure("ConflictException", f"The term is linked to {linked or 'an asset'}")
        if self.deletes_disabled_terms_only and one["status"] == "ENABLED":
            raise failure("ValidationException", "The term must be disabled")
        del self.terms[one["id"]]
        return {}

    def search(self, **given: Any) -> Item:
        glossaries = given["searchScope"] == "GLOSSARY"
        member = "glossaryItem" if glossaries else "glossaryTermItem"
        things = self.glossaries if glossaries else self.terms
        found = [
            {member: self._shown(one)}
            for one in things.values()
            if self.now - one["born"] >= self.search_delay
        ]
        # One on each page.
        at = int(given.get("nextToken", "0"))
        more = {"nextToken": str(at + 1)} if at + 1 < len(found) else {}
        return {"items": found[at : at + 1], **more}

    @staticmethod
    def _shown(one: Item) -> Item:
        return {key: value for key, value in one.items() if key not in ("born", "unit")}

    def create_rule(self, **given: Any) -> Item:
        unit = given["target"]["domainUnitTarget"]["domainUnitId"]
        for other in self.rules.values():
            if (other["unit"], other["action"]) == (unit, given["action"]) and (
                other["detail"] == given["detail"]
            ):
                raise failure("ConflictException", "Rule with metadata form already exists")
        made = self._id()
        of_forms = "metadataFormEnforcementDetail" in given["detail"]
        self.rules[made] = {
            "identifier": made,
            "revision": "1",
            "ruleType": f"{'METADATA_FORM' if of_forms else 'GLOSSARY_TERM'}_ENFORCEMENT",
            "unit": unit,
            "createdAt": _NOW,
            "updatedAt": _NOW,
            "createdBy": "x",
            "lastUpdatedBy": "x",
            **{
                key: given[key]
                for key in ("name", "description", "target", "action", "scope", "detail")
                if key in given
            },
        }
        return {
            key: value
            for key, value in self._shown(self.rules[made]).items()
            if key not in ("revision", "updatedAt", "lastUpdatedBy")
        }

    def get_rule(self, **given: str) -> Item:
        return self._shown(self._of(self.rules, given["identifier"]))

    def update_rule(self, **given: Any) -> Item:
        one = self._of(self.rules, given["identifier"])
        kind = set(one["detail"])
        one |= {
            key: given[key] for key in ("name", "description", "scope", "detail") if key in given
        }
        assert set(one["detail"]) == kind, "AWS keeps the type of a rule"
        return self._shown(one)

    def delete_rule(self, **given: str) -> Item:
        del self.rules[self._of(self.rules, given["identifier"])["identifier"]]
        return {}

    def list_rules(self, **given: Any) -> Item:
        keys = ("identifier", "name", "ruleType", "action", "target")
        return {
            "items": [
                {key: one[key] for key in keys}
                for one in self.rules.values()
                if one["unit"] == given["targetIdentifier"]
            ]
        }


_TERM = ("name", "shortDescription", "longDescription", "status", "termRelations")
