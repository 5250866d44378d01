"""What a change takes away that protects data: encryption, logging, retention, alarms."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from operations.review.difference import Change
from operations.review.values import PropertyChange

# Properties that protect something: pattern of the place, and what is lost without them.
_PROTECTIONS: Sequence[tuple[str, str]] = (
    (
        r"/(KmsKeyId|KmsMasterKeyId|KMSMasterKeyID|KMSKeyId|KmsKeyArn|KmsKey|KeyId|EfsFileSystemKmsKeyId|"
        r"VolumeKmsKeyId|SSESpecification|SseConfiguration|CertificateArn)$",
        "encryption",
    ),
    (
        r"/(BucketEncryption|EncryptionConfig\w*|EncryptionInfo|ServerSideEncryption\w*)",
        "encryption",
    ),
    (
        r"/(Encrypted|StorageEncrypted|KmsKeyEncrypted|EnableInterContainerTrafficEncryption)$",
        "encryption",
    ),
    (
        r"/(Logging\w*|FlowLogs?|AccessLog\w*|ClusterLogging|LogExports|LogPublishingOptions)",
        "logging",
    ),
    (r"/(DataCaptureConfig/)?EnableCapture$", "the capture of requests"),
    (r"/PublicAccessBlockConfiguration", "the block of public access"),
    (r"/VersioningConfiguration", "versions"),
    (r"/ObjectLock\w*", "the lock of objects"),
    (r"/EnableKeyRotation$", "rotation of the key"),
    (r"/(DeletionProtection\w*|TerminationProtection\w*)", "protection from deletion"),
    (r"/PointInTimeRecovery\w*", "backups"),
    (r"/(VpcConfig|VpcSettings|VpcId|SubnetIds)$", "the network"),
    (r"/(AutoRollbackConfig\w*|Alarms)", "rollback"),
    (r"/EnableNetworkIsolation$", "isolation from the network"),
    (r"/EnforceWorkGroupConfiguration$", "the enforcement of its settings"),
    (r"/BytesScannedCutoffPerQuery$", "the limit of what a query reads"),
    (r"/PermissionsBoundary$", "the permissions boundary"),
    (r"/(AlarmActions|ActionsEnabled)$", "the messages of an alarm"),
)
_OFF: Sequence[Any] = (None, False, "false", "DISABLED", "Disabled", "Suspended", "NONE", [], {})
# Numbers of days, or seconds, that something is kept; without a number, forever.
_KEPT = (
    "RetentionInDays",
    "BackupRetentionPeriod",
    "AutomaticBackupRetentionDays",
    "MessageRetentionPeriod",
    "ExpirationInDays",
    "NoncurrentDays",
    "NoncurrentVersionExpirationInDays",
    "PendingWindowInDays",
)
_ALARM, _SUBSCRIPTION = "AWS::CloudWatch::Alarm", "AWS::SNS::Subscription"


class Loss(NamedTuple):
    """Something that protects less, or no longer.

    Attributes:
        certain: whether the protection is gone as a whole.
        title: what happens, in a few words.
        why: where, and what was and is.
    """

    certain: bool
    title: str
    why: str


def losses_of(change: Change) -> Iterator[Loss]:
    """Yield what a change of a resource takes away."""
    gone = change.kind in ("delete", "leave behind")
    if change.type == _ALARM and gone:
        yield Loss(False, "An alarm is gone", "it no longer watches anything")
    elif change.type == _ALARM and change.kind != "create" and change.properties:
        yield Loss(False, "An alarm changes", "; ".join(map(_shown, change.properties[:3])))
    if change.type == _SUBSCRIPTION and gone:
        yield Loss(False, "A subscription is gone", "it no longer gets the messages of the topic")
    if change.type == "AWS::EC2::FlowLog" and gone:
        yield Loss(True, "It loses logging", "the flow log of the network is gone")
    if change.kind in ("create", "delete", "leave behind", "stays deployed"):
        return
    for one in change.properties:
        if _is_kept_shorter(one):
            what = "Logs are" if one.place.endswith("/RetentionInDays") else "Data is"
            yield Loss(False, f"{what} kept for a shorter time", _shown(one))
            continue
        for pattern, what in _PROTECTIONS:
            if not re.search(pattern, one.place):
                continue
            if one.after in _OFF and one.before not in _OFF:
                yield Loss(True, f"It loses {what}", one.place)
            elif what == "encryption" and None not in (one.before, one.after):
                yield Loss(False, "Its encryption changes", _shown(one))
            elif "Exclu" in one.place or what in ("the block of public access", "rollback"):
                yield Loss(False, f"A part of {what} changes", _shown(one))
            break


def _is_kept_shorter(one: PropertyChange) -> bool:
    """Return whether something is kept for a shorter time, also by a rule in a list of rules."""
    name = one.place.rpartition("/")[2]
    before, after = _kept(one.before, name), _kept(one.after, name)
    return any(value < before.get(key, float("inf")) for key, value in after.items())


def _kept(value: Any, name: str) -> dict[str, float]:
    """Return the smallest number for each way in which something is kept."""
    found: dict[str, float] = {}
    parts: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = [(name, one) for one in value]
    elif name in _KEPT and not isinstance(value, bool):
        with suppress(TypeError, ValueError):
            found[name] = float(value)
    for key, one in parts:
        for kind, number in _kept(one, key).items():
            found[kind] = min(number, found.get(kind, number))
    return found


def _shown(one: PropertyChange) -> str:
    return f"{one.place}: {one.before} -> {one.after}"
