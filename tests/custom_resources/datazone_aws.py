"""Amazon DataZone in memory, as far as custom resources of Unified Studio use it."""

from dataclasses import dataclass, field

from tests.custom_resources.fake_aws import FakeAws, Item, failure

DOMAIN = "dzd-0123456789abcd"


@dataclass
class DataZoneAws(FakeAws):
    """Users of one domain.

    Attributes:
        profiles: status of each user.
        created_meanwhile: whether another stack creates each profile first.
    """

    profiles: dict[str, str] = field(default_factory=dict)
    created_meanwhile: bool = False
    domain_exists: bool = True

    def _profile(self, user: str) -> Item:
        if not self.domain_exists or user not in self.profiles:
            raise failure("ResourceNotFoundException", f"User {user} was not found")
        return {"domainId": DOMAIN, "id": f"id-{len(user)}", "status": self.profiles[user]}

    def get_user_profile(self, **given: str) -> Item:
        return self._profile(given["userIdentifier"])

    def create_user_profile(self, **given: str) -> Item:
        user = given["userIdentifier"]
        if self.created_meanwhile:
            self.profiles.setdefault(user, "ACTIVATED")
        if user in self.profiles:
            raise failure("ValidationException", "User profile already exists.")
        self.profiles[user] = "ASSIGNED" if given["userType"] == "SSO_USER" else "ACTIVATED"
        return self._profile(user)

    def update_user_profile(self, **given: str) -> Item:
        before = self._profile(given["userIdentifier"])["status"]
        follows = {"NOT_ASSIGNED": "ASSIGNED", "DEACTIVATED": "ACTIVATED"}
        follows |= {after: earlier for earlier, after in follows.items()}
        if follows[before] != given["status"]:
            raise failure("ValidationException", f"The profile is {before}")
        self.profiles[given["userIdentifier"]] = given["status"]
        return self._profile(given["userIdentifier"])
