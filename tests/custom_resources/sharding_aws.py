"""SageMaker's optimization jobs and S3 in memory, as far as parting a model goes.

Jobs can be slow, fail, and be deleted by others.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.custom_resources.fake_aws import FakeAws, failure

Item = dict[str, Any]
TIMES = {"LastModifiedTime": datetime.fromtimestamp(0, UTC)}


@dataclass
class Job:
    """An optimization job.

    Attributes:
        asked: what it was created with.
        created: when, as a Unix time.
        minutes: how long it still takes, or takes to stop.
    """

    asked: Item
    created: float
    minutes: float
    status: str = "INPROGRESS"
    reason: str = ""


@dataclass
class Aws(FakeAws):
    """All that exists, and how it behaves.

    Attributes:
        minutes: how long jobs take.
        stop_minutes: how long they take to stop.
        outcome: how jobs end.
        writes: whether jobs write shards.
        shards: how many.
        page: the most versions that a list gives back at once.
    """

    minutes: float = 0.0
    stop_minutes: float = 0.0
    outcome: str = "COMPLETED"
    writes: bool = True
    shards: int = 3
    page: int = 2
    jobs: dict[str, Job] = field(default_factory=dict)
    objects: list[Item] = field(default_factory=list)
    bucket_exists: bool = True

    def put(self, key: str, version: str | None = None, *, marker: bool = False) -> None:
        version = version or f"v{len(self.objects)}"
        self.objects.append({"Key": key, "VersionId": version, "marker": marker})

    def visible(self) -> set[str]:
        """Keys of objects that a listing shows."""
        last = {one["Key"]: one["marker"] for one in self.objects}
        return {key for key, deleted in last.items() if not deleted}

    def pass_(self, minutes: float) -> None:
        """Time passes, and jobs go on."""
        self.now += minutes * 60
        for job in self.jobs.values():
            if job.status not in ("INPROGRESS", "STOPPING"):
                continue
            job.minutes -= minutes
            if job.minutes > 0:
                continue
            if job.status == "STOPPING":
                job.status = "STOPPED"
                continue
            job.status = self.outcome
            job.reason = "" if self.outcome == "COMPLETED" else "out of memory"
            if self.outcome == "COMPLETED" and self.writes:
                prefix = job.asked["OutputConfig"]["S3OutputLocation"].split("/", 3)[3]
                for number in range(self.shards):
                    self.put(f"{prefix}shard-{number}")

    def _job(self, name: str) -> Job:
        if name not in self.jobs:
            raise failure("ResourceNotFound", f"{name} does not exist")
        return self.jobs[name]

    def create_optimization_job(self, **asked: Any) -> Item:
        name = asked["OptimizationJobName"]
        if name in self.jobs:
            raise failure("ResourceInUse", f"{name} exists")
        self.jobs[name] = Job(asked, self.now, self.minutes)
        return {"OptimizationJobArn": _arn(name)}

    def describe_optimization_job(self, OptimizationJobName: str) -> Item:  # noqa: N803
        job = self._job(OptimizationJobName)
        return {
            **job.asked,
            **TIMES,
            "OptimizationJobArn": _arn(OptimizationJobName),
            "OptimizationJobStatus": job.status,
            "CreationTime": datetime.fromtimestamp(job.created, UTC),
            **({"FailureReason": job.reason} if job.reason else {}),
        }

    def stop_optimization_job(self, OptimizationJobName: str) -> Item:  # noqa: N803
        job = self._job(OptimizationJobName)
        if job.status != "INPROGRESS":
            raise failure("ValidationException", f"it is {job.status}")
        job.status, job.minutes = "STOPPING", self.stop_minutes
        return {}

    def delete_optimization_job(self, OptimizationJobName: str) -> Item:  # noqa: N803
        if self._job(OptimizationJobName).status in ("INPROGRESS", "STOPPING"):
            raise failure("ValidationException", "it runs")
        del self.jobs[OptimizationJobName]
        return {}

    def _refuse_without_bucket(self) -> None:
        if not self.bucket_exists:
            raise failure("NoSuchBucket", status=404)

    def list_objects_v2(self, Bucket: str, Prefix: str, MaxKeys: int) -> Item:  # noqa: N803
        self._refuse_without_bucket()
        keys = sorted(key for key in self.visible() if key.startswith(Prefix))
        contents = [{"Key": key} for key in keys[:MaxKeys]]
        return {"Contents": contents} if contents else {}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> Item:  # noqa: N803
        self._refuse_without_bucket()
        self.put(Key)
        return {}

    def list_object_versions(self, Bucket: str, Prefix: str, MaxKeys: int) -> Item:  # noqa: N803
        self._refuse_without_bucket()
        found = [one for one in self.objects if one["Key"].startswith(Prefix)][: self.page]
        answer: Item = {}
        for one in found:
            kind = "DeleteMarkers" if one["marker"] else "Versions"
            keys = {name: one[name] for name in ("Key", "VersionId")}
            answer.setdefault(kind, []).append(keys)
        return answer

    def delete_objects(self, Bucket: str, Delete: Item) -> Item:  # noqa: N803
        self._refuse_without_bucket()
        gone = [(one["Key"], one["VersionId"]) for one in Delete["Objects"]]
        self.objects = [o for o in self.objects if (o["Key"], o["VersionId"]) not in gone]
        return {}


def _arn(name: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:111111111111:optimization-job/{name}"
