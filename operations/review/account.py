"""What a deployment does to an account: the templates that are deployed there, and the new ones.

The CDK CLI compares each stack by itself. Three things follow from all of them together: a stack
that the CLI skips although what it reads changes, something that goes before its users are
updated, and a name that stays and so blocks a replacement.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3

from operations.account import Account, NotAnsweredError, NotFoundInAccountError
from operations.assembly import Json, Stack, Stage
from operations.review.difference import GOES_FIRST, NOT_DEPLOYED, Note, compare
from operations.review.graph import Graph, Key

_SHOWN = 5


@dataclass(frozen=True)
class DeployCheck:
    """What to know before a deployment of one environment.

    Attributes:
        environment: its name.
        forced: stacks that need `--force`, by their ids.
        first: what goes before its users are updated, for people.
        blocked: what makes the deployment fail, for people.
        not_asked: why the account was not asked; empty if it was.
    """

    environment: str
    forced: Sequence[str] = ()
    first: Sequence[str] = ()
    blocked: Sequence[str] = ()
    not_asked: str = ""


def find_account(stage: Stage) -> Account:
    """Return the account of an environment, with the credentials that the CDK CLI would use.

    Raises:
        NotAnsweredError: there are no credentials for it.
    """
    number, region = stage.targets[0]
    session = boto3.Session(region_name=region)
    account = Account(session)
    # An emulator on this machine has a separate account.
    if "AWS_ENDPOINT_URL" in os.environ:
        return account
    found = str(account.ask("sts", "get_caller_identity")["Account"])
    if found == number:
        return account
    partition = session.get_partition_for_region(region)
    role = stage.stacks[0].lookup_role.replace("${AWS::Partition}", partition)
    answer = account.ask(
        "sts", "assume_role", RoleArn=role, RoleSessionName="sagemaker-platform-deploy"
    )
    given = answer["Credentials"]
    return Account(
        boto3.Session(
            region_name=region,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )
    )


def check_stage(stage: Stage) -> DeployCheck:
    """Compare an environment with what is deployed of it.

    Before the first deployment, there is nothing to say.
    """
    try:
        account = find_account(stage)
        templates = {
            stack.name: template
            for stack in stage.stacks
            if (template := _template(account, stack)) is not None
        }
    except (NotAnsweredError, NotFoundInAccountError) as error:
        return DeployCheck(stage.name, not_asked=str(error))
    return check_templates(stage, templates) if templates else DeployCheck(stage.name)


def check_templates(stage: Stage, templates: Mapping[str, Json]) -> DeployCheck:
    """Compare an environment with templates.

    Args:
        stage: the environment as it will be.
        templates: what is deployed, by the name of the stack within the environment.
    """
    names = {stack.stack_name: stack.name for stack in stage.stacks}
    before = Graph(templates, names)
    # Not by the content of assets: the CLI compares what the templates say.
    after = Graph({stack.name: stack.template() for stack in stage.stacks}, names)
    changes = compare(before, after)
    forced = {key.stack for key, one in changes.items() if _has(one.notes, NOT_DEPLOYED)}
    return DeployCheck(
        stage.name,
        [stack.id for stack in stage.stacks if stack.name in forced],
        [
            _line(stage.name, key, one.type, note)
            for key, one in changes.items()
            for note in one.notes
            if note.title == GOES_FIRST
        ],
        [
            _line(stage.name, key, one.type, note)
            for key, one in changes.items()
            for note in one.notes
            if note.fails
        ],
    )


def report(check: DeployCheck) -> list[str]:
    """Return what to know before a deployment, for people."""
    if check.not_asked:
        return [
            f"{check.environment}: not compared with the account: {check.not_asked}. If a stack "
            'keeps old values afterwards, deploy again with --cdk "--force".'
        ]
    lines = []
    if check.forced:
        lines.append(
            f"{check.environment}: deploys with --force, because what "
            f"{', '.join(check.forced)} read changes, although their templates do not."
        )
    if check.first:
        lines.append(
            f"{check.environment}: goes before its users are updated, so that they fail or wait "
            "meanwhile:"
        )
        lines += [f"  {one}" for one in check.first[:_SHOWN]]
        if len(check.first) > _SHOWN:
            lines.append(f"  and {len(check.first) - _SHOWN} more")
    return lines


def _template(account: Account, stack: Stack) -> Json | None:
    try:
        answer = account.ask("cloudformation", "get_template", StackName=stack.stack_name)
    except NotFoundInAccountError:
        return None
    body: Any = answer["TemplateBody"]
    found: Json = json.loads(body) if isinstance(body, str) else json.loads(json.dumps(body))
    return found


def _has(notes: Sequence[Note], title: str) -> bool:
    return any(one.title == title for one in notes)


def _line(environment: str, key: Key, kind: str, note: Note) -> str:
    return f"{environment}/{key.stack} {key.logical_id} ({kind}): {note.why}"
