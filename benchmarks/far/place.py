"""Where the bucket is reached: at the server itself, or through the proxy that makes it far away."""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config

from far.processes import Failed, standing_by

ROOT = Path(__file__).resolve().parents[2]
"""This checkout."""

KEY, SECRET, REGION = "test", "testtest12", "us-east-1"


@dataclass(frozen=True)
class Place:
    """A bucket as it is seen from one end."""

    name: str
    endpoint: str
    bucket: str

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

    def client(self) -> Any:
        """A client of botocore's."""
        return botocore.session.Session().create_client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )

    def round_trip(self, key: str) -> float:
        """Seconds that 4 KiB of an object take on a connection that is there: the median of some."""
        url = urlsplit(
            self.client().generate_presigned_url("get_object", {"Bucket": self.bucket, "Key": key})
        )
        seconds = []
        connection = HTTPConnection(url.netloc)
        with contextlib.closing(connection):
            for _ in range(15):
                start = time.perf_counter()
                connection.request("GET", f"{url.path}?{url.query}", headers={"Range": "bytes=0-4095"})
                answer = connection.getresponse()
                if (answer.status, len(answer.read())) != (206, 4096):
                    raise Failed(f"{self.endpoint} answers {answer.status} to a range")
                seconds.append(time.perf_counter() - start)
        return statistics.median(seconds)

    @contextlib.contextmanager
    def from_afar(self, delay_ms: float, mb_s: float) -> Iterator[Place]:
        """The same bucket, so many milliseconds and MB/s per connection away."""
        port = str(urlsplit(self.endpoint).port)
        command = [sys.executable, ROOT / "benchmarks/far/proxy.py", port, str(delay_ms), str(mb_s)]
        with standing_by(command) as own_port:
            yield replace(self, name="far", endpoint=f"http://127.0.0.1:{own_port}")


@contextlib.contextmanager
def radosgw() -> Iterator[Place]:
    """A new bucket on a new server that keeps it in memory."""
    with standing_by([sys.executable, ROOT / "scripts/radosgw.py", "serve"]) as endpoint:
        place = Place("plain", endpoint, f"bench-{os.urandom(4).hex()}")
        place.client().create_bucket(Bucket=place.bucket)
        yield place
