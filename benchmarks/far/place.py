"""Where the bucket is reached: at the server itself, or through the proxy that makes it far away."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from far.processes import standing_by

ROOT = Path(__file__).resolve().parents[2]
"""This checkout."""

KEY, SECRET, REGION = "test", "testtest12", "us-east-1"


@dataclass(frozen=True)
class Place:
    """A bucket as it is seen from one end."""

    name: str
    endpoint: str
    bucket: str
    delay: float = 0.0
    """Seconds that each answer takes to arrive."""

    def mvfs(self) -> dict[str, str]:
        """What mvfs needs to know; its store lies beside the plain objects."""
        return {
            "MVFS_STORE": f"s3://{self.bucket}/store",
            "MVFS_S3_ENDPOINT": self.endpoint,
            "MVFS_S3_REGION": REGION,
            "MVFS_S3_KEY": KEY,
            "MVFS_S3_SECRET": SECRET,
            "PYTHONPATH": str(ROOT),
        }

    def aws(self) -> dict[str, str]:
        """What tools made for AWS need to know."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "S3_ENDPOINT_URL": self.endpoint,
        }

    def rclone(self) -> dict[str, str]:
        """What makes ``far:`` a remote of rclone."""
        return {
            "RCLONE_CONFIG_FAR_TYPE": "s3",
            "RCLONE_CONFIG_FAR_PROVIDER": "Ceph",
            "RCLONE_CONFIG_FAR_ENDPOINT": self.endpoint,
            "RCLONE_CONFIG_FAR_ACCESS_KEY_ID": KEY,
            "RCLONE_CONFIG_FAR_SECRET_ACCESS_KEY": SECRET,
        }

    @contextlib.contextmanager
    def from_afar(self, delay_ms: float, mb_s: float) -> Iterator[Place]:
        """The same bucket, so many milliseconds and MB/s per connection away."""
        port = str(urlsplit(self.endpoint).port)
        command = [sys.executable, ROOT / "benchmarks/far/proxy.py", port, str(delay_ms), str(mb_s)]
        with standing_by(command) as own_port:
            yield replace(self, name="far", endpoint=f"http://127.0.0.1:{own_port}", delay=delay_ms / 1e3)


@contextlib.contextmanager
def radosgw() -> Iterator[Place]:
    """A new bucket on a new server that keeps it in memory."""
    import botocore.session

    with standing_by([sys.executable, ROOT / "scripts/radosgw.py", "serve"]) as endpoint:
        place = Place("plain", endpoint, f"bench-{os.urandom(4).hex()}")
        client = botocore.session.Session().create_client(
            "s3",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket=place.bucket)
        yield place
