"""Compares the verifier's verdicts with those of google.auth.jwt.decode.  usage: compare.py CORPUS

Each line of the corpus is a token with the key set, clock and audience that it was judged by, and the verdict. Exits
with 1 if a token was accepted that google-auth refuses, and with 2 if the corpus is too poor to show anything.
"""

import base64
import collections
import datetime
import json
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import _helpers, jwt

CLOCK_SKEW_SECONDS = 60
LEAST_TOKENS = 2000
LEAST_ACCEPTED = 50


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pem_of(key):
    numbers = rsa.RSAPublicNumbers(
        int.from_bytes(decode(key["e"]), "big"), int.from_bytes(decode(key["n"]), "big")
    )
    return numbers.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def certificates(key_set, cache={}):
    """The RSA keys of a JWKS as google-auth wants them; those that pyca/cryptography refuses are left out."""
    if key_set not in cache:
        found = {}
        for key in json.loads(decode(key_set) or b"{}").get("keys", []):
            try:
                found[key["kid"]] = pem_of(key)
            except (KeyError, ValueError, TypeError):
                pass
        cache[key_set] = found
    return cache[key_set]


def refusal(line):
    """Why google-auth refuses the token; None if it accepts it."""
    now = datetime.datetime.fromtimestamp(line["clock"], datetime.timezone.utc).replace(tzinfo=None)
    _helpers.utcnow = lambda: now
    try:
        jwt.decode(
            decode(line["token"]),
            certs=certificates(line["keys"]),
            audience=decode(line["audience"]).decode(),
            clock_skew_in_seconds=CLOCK_SKEW_SECONDS,
        )
        return None
    # Whatever it raises (it raises TypeError and others on hostile input), it does not accept.
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:100]}"


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        lines = [json.loads(line) for line in sorted(set(file))]
    table = collections.Counter()
    faults = []
    control = None
    for line in lines:
        accepted = line["verdict"] == "verified"
        why = refusal(line)
        table[line["verdict"], why is None] += 1
        if accepted and why is not None:
            faults.append((why, line))
        if line["verdict"] == "signature-invalid" and why is not None:
            control = line
    print(f"{'our verdict':40}{'tokens':>8}{'google-auth accepts':>21}")
    for verdict in sorted({verdict for verdict, _ in table}):
        yes, no = table[verdict, True], table[verdict, False]
        print(f"{verdict:40}{yes + no:>8}{yes:>21}")
    accepted = table["verified", True] + table["verified", False]
    print(f"{len(lines)} tokens, {accepted} accepted by us, {len(faults)} of those refused by google-auth")
    for why, line in faults[:20]:
        print(f"\naccepted, but google-auth says: {why}\n  {decode(line['token']).decode(errors='replace')}")
    if faults:
        return 1
    # Would a wrong verdict have been noticed?
    if control is None or refusal(dict(control, verdict="verified")) is None:
        print("no forged token that google-auth refuses: nothing is shown")
        return 2
    if len(lines) < LEAST_TOKENS or accepted < LEAST_ACCEPTED:
        print(f"too few: at least {LEAST_TOKENS} tokens and {LEAST_ACCEPTED} accepted ones are expected")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
