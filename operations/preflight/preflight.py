"""Asks all questions about an environment, and puts the answers into a table."""

from collections.abc import Callable, Iterator, Sequence

from operations import output
from operations.account import Account, NotAnsweredError
from operations.assembly import Stage
from operations.preflight.answer import Answer, failed, not_checked, passed
from operations.preflight.questions import (
    audit,
    billing,
    capacity,
    deployment,
    names,
    network,
    organization,
    quotas,
    references,
    singletons,
)
from operations.preflight.target import Target

Question = Callable[[Target], Iterator[Answer]]
QUESTIONS: tuple[Question, ...] = (
    deployment.bootstrap,
    deployment.stacks,
    deployment.rights,
    quotas.sagemaker,
    quotas.network,
    quotas.iam,
    network.zones,
    network.instance_types,
    network.endpoint_services,
    network.existing,
    capacity.training_plans,
    names.names,
    references.referenced,
    references.images,
    references.model_data,
    singletons.catalog,
    singletons.lake_formation,
    singletons.identity_center,
    singletons.api_gateway,
    singletons.log_policies,
    singletons.identity_providers,
    singletons.service_linked_roles,
    organization.sharing,
    billing.anomaly_monitor,
    billing.cost_tags,
    audit.organization_trail,
    audit.macie,
)
_ORDER = ("failed", "warning", "not checked", "passed")


def preflight(stage: Stage, account: Account) -> list[Answer]:
    """Ask all questions about an environment; what needs eyes comes first.

    Args:
        stage: the synthesized environment.
        account: asks with the credentials at hand.
    """
    target = Target(stage, account)
    identity = _identity(target)
    if identity.status != "passed":
        return [identity]
    answers = [identity, *(one for question in QUESTIONS for one in _answers(question, target))]
    return sorted(answers, key=lambda one: _ORDER.index(one.status))


def _identity(target: Target) -> Answer:
    """The credentials are of the environment's account; all other questions need that."""
    try:
        found = str(target.account.ask("sts", "get_caller_identity")["Account"])
    except NotAnsweredError as error:
        return failed("credentials", f"no answer from account {target.account_id}: {error}")
    if found != target.account_id:
        return failed(
            "credentials",
            f"they are of account {found}: sign in to account {target.account_id}",
        )
    return passed("credentials", f"account {found}")


def _answers(question: Question, target: Target) -> Iterator[Answer]:
    try:
        yield from question(target)
    except NotAnsweredError as error:
        first, _, _ = (question.__doc__ or "").partition("\n")
        yield not_checked(first.rstrip("."), str(error))


def table(answers: Sequence[Answer]) -> str:
    """Return the answers as a table, and how many of each kind there are."""
    rows = [(one.status, one.subject, one.detail) for one in answers]
    counts = ", ".join(
        f"{number} {status}"
        for status in _ORDER
        if (number := sum(one.status == status for one in answers))
    )
    return f"{output.table([('', 'what', 'result'), *rows])}\n{counts}"
