"""Which way to a bucket of S3 there is."""

from __future__ import annotations

import os

from mvfs.store.backend.s3_access import Account, refusals
from mvfs.store.backend.service import Service


def connect(bucket: str) -> Service:
    """Reach a bucket directly; by s3fs where a proxy is in between, or ``$MVFS_S3_CLIENT`` is ``s3fs``.

    Raises:
        Refused: there are no credentials, or it cannot be found out where the bucket is.
        Unavailable: the installed s3fs is too old.
    """
    with refusals():
        account = Account()
        if os.environ.get("MVFS_S3_CLIENT") != "s3fs":
            from mvfs.store.backend.s3_direct import DirectS3  # each takes a while to import

            direct = DirectS3(account, bucket)
            if not _is_behind_proxy(direct.scheme, direct.host):
                return direct
        from mvfs.store.backend.s3_library import LibraryS3

        return LibraryS3(account, bucket)


def _is_behind_proxy(scheme: str, host: str) -> bool:
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    return bool(proxies.keys() & {scheme, "all"}) and not proxy_bypass(host)
