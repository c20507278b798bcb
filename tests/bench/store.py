# SPDX-License-Identifier: Apache-2.0
"""What the rows put into a keystore."""

from vso.files import b64, pkcs12, self_signed

PASSWORD = "canary-Sesame-bench"


def keystore_file(key, cert):
    """PKCS#12, made to be opened fast."""
    return pkcs12(key, cert, PASSWORD, "-iter", "1", "-nomaciter")


def put_in(api, key, cert, **members):
    """Import a key with its certificate; it becomes active."""
    file = keystore_file(key, cert)
    return api.post("/keystore/import", {
        "keystore": b64(file), "password": PASSWORD, **members}
                    ).ok(201)["certificate"]


def two_versions(api, kind, first=None, second=None):
    """Of one entry and one algorithm; the second is active. Their details."""
    return (put_in(api, *(first or self_signed("localhost", kind))),
            put_in(api, *(second or self_signed("localhost", kind)),
                   replace=True))
