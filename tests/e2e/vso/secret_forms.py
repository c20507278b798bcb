# SPDX-License-Identifier: Apache-2.0
"""In what forms a secret may stand in what is left behind."""

import base64

from cryptography.hazmat.primitives.serialization import load_pem_private_key


def forms(secret):
    """Raw, in hex, and what base64 makes of it wherever it begins."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    found.add(":".join(f"{byte:02x}" for byte in secret).encode())
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret)
        # Characters that depend on neighbours are left out.
        found.add(text[(4 if shift else 0):-4])
    return found


def of_key(pem):
    """The numbers that make a key private, and the file in its forms."""
    key = load_pem_private_key(pem.encode(), None)
    numbers = key.private_numbers()
    values = [numbers.private_value] if hasattr(numbers, "private_value") \
        else [numbers.p, numbers.q, numbers.d]
    found = set()
    for value in values:
        found |= forms(value.to_bytes((value.bit_length() + 7) // 8, "big"))
    return found


def of_passwords(*passwords):
    found = set()
    for password in passwords:
        found |= forms(password.encode())
        found.add(password.encode("utf-16-be"))
    return found


def holds(data, secrets):
    """Secrets that stand in the data, shortened for the report. base64 is
    searched for without line ends too."""
    joined = data.replace(b"\n", b"").replace(b"\\n", b"")
    return [s[:24] for s in secrets if s in data or s in joined]
